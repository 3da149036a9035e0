"""What a conversation is, and the networks that read it."""
