"""Faces in the pictures of a camera: found, followed, and summed up for each utterance."""
