"""What a library that decodes whole utterances must be able to do, and what it gives. Imports no library."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from model.errors import SkippableError

TimedWord = tuple[str, float, float, float]
"""A word, its start and end in seconds from the first sample, and its confidence in [0, 1]."""


class VoidError(SkippableError):
    """What is being decoded is wanted no more."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was recognised in one stretch of sound.

    Attributes:
        text: What was said.
        words: The words with times, in order; empty where the recogniser does not know when each was.
        mean_log_probability: Of the tokens, natural logarithm; None where it is not known.
        no_speech_probability: That nobody spoke; None where the recogniser does not model that.
        language: What was spoken, ISO 639-1; None where that was not found out.
    """

    text: str
    words: tuple[TimedWord, ...] = ()
    mean_log_probability: float | None = None
    no_speech_probability: float | None = None
    language: str | None = None


class UtteranceDecoder(Protocol):
    """A loaded model. Its module has `load(settings)`, which makes one of the process's first message."""

    @property
    def longest_s(self) -> float:
        """The longest stretch of sound that it can take at once, seconds."""

    def decode(self, samples: NDArray[np.float32], is_void: Callable[[], bool]) -> Stretch:
        """What is said in (T,) samples at 16 kHz, of at most `longest_s`.

        Raises:
            VoidError: `is_void` said so meanwhile; asked often where the library lets us.
        """
