"""What finds the faces in a picture: one detector a file, named after it."""
