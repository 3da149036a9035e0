"""What a running conversation leaves on disk, and what the next start makes of it."""
