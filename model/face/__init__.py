"""Faces: the network that reads their expression, and its weights."""
