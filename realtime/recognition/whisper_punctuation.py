"""Which punctuation belongs to which word: the same for all Whispers (whisper/timing.py, `add_word_timestamps`)."""

BEHIND = "\"'“¿([{-"
"""Belongs to the word behind it."""

BEFORE = "\"'.。,\uff0c!\uff01?\uff1f:\uff1a”)]}、"
"""Belongs to the word before it."""
