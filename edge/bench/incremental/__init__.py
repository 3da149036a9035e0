"""Is the incremental engine worth it? The same network over a growing conversation, computed in four ways."""
