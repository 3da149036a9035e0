"""Training of the face network: pictures varied, a small network fitted to them, and what it says of unseen ones."""
