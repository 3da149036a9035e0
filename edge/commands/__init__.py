"""What can be typed after `undertone`: one file per command."""
