"""Where results go: one file per publisher, named as in the configuration."""
