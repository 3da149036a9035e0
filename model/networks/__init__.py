"""The networks that read a conversation; one file per network."""
