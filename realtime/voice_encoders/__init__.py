"""What hears how something is said; one file per encoder."""
