"""Readers of the formats in which authors publish annotated conversations; one file per format."""
