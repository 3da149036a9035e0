"""Annotated conversations, voiced by a synthesiser and understood by the live pipeline."""
