"""Rules by which attention is drawn to how people feel, and the watch over a conversation."""
