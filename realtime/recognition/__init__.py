"""Recognisers in a process of their own: the shell around the process, and what runs inside."""
