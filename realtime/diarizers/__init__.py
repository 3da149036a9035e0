"""Ways to tell who spoke."""
