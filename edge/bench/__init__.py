"""Measurements anyone can repeat: each is a command, prints JSON, and quotes medians and percentiles."""
