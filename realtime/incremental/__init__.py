"""The incremental engine: what a new utterance can change is computed, everything older is read from rings."""
