"""What a network may read an utterance through."""

from enum import StrEnum


class Modality(StrEnum):
    """What an emotion is read from: the words, the voice that speaks them, or the face."""

    TEXT = "text"
    AUDIO = "audio"
    VIDEO = "video"
