"""Ways to find speech in sound."""
