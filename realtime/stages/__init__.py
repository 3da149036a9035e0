"""The steps of the stream, each a Stage."""
