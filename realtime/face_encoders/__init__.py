"""What reads the expression of a face: one encoder a file, named after it."""
