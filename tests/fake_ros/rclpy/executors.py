class ExternalShutdownException(Exception):
    """Somebody else ended it."""
