"""What turns the words of an utterance into a vector; one file per encoder."""
