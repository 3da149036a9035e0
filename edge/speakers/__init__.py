"""Who speaks in recordings: listened to, measured, enrolled."""
