"""What could keep undertone from working here, and the line that mends it."""
