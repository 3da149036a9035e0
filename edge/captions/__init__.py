"""Captions as others write them: pieces of a file in, who said what and when out. No file, no clock, no task."""
