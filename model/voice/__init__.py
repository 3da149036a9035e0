"""How something is said: from sound, while it is being spoken, to what the voice expresses."""
