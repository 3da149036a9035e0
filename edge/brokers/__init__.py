"""Brokers that run inside the process."""
