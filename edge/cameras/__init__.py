"""Where pictures come from: one camera a file, named after it."""
