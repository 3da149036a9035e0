"""What a node keeps on disk: events until the broker has them, what a conversation goes on from, switches."""
