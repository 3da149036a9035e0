"""The demo conversation: its script, the command that voices it, and how a hearing of it is scored."""
