"""What this machine has for listening, looking and computing, and the setting that chooses each."""
