"""The diarizer `unknown`: several people on one channel whom nothing tells apart."""

import numpy as np
from numpy.typing import NDArray

from model.config import Config
from model.conversation import UNKNOWN_SPEAKER
from realtime.events import Speaker, SpeakerKind, SpeechEnded


class Settings(Config):
    """Nothing to set."""


def create(settings: Settings, speakers: tuple[str, ...] = ()) -> "UnknownDiarizer":  # noqa: ARG001 - names do not help
    """The diarizer; names of channels do not help it."""
    return UnknownDiarizer()


class UnknownDiarizer:
    """Says that it does not know who spoke."""

    def identify(self, channel: int, ended: SpeechEnded, samples: NDArray[np.float32]) -> Speaker:  # noqa: ARG002 - nobody is known
        """Somebody."""
        return Speaker(UNKNOWN_SPEAKER, SpeakerKind.UNKNOWN, 0.0)

    def forget(self) -> None:
        """Nobody was known."""
