"""Ways to turn speech into text."""
