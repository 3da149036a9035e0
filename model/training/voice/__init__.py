"""Training of the voice network: clips varied, heard by the front end, and a small network fitted to them."""
