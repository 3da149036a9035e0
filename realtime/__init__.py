"""The live pipeline and its state: from frames of sound to an analysed conversation."""
