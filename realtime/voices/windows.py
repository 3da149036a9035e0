"""Cuts the sound of a segment into the stretches that the voice encoder looks at, while it is being spoken."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from realtime.events import SAMPLE_RATE_HZ
from realtime.voices.encoder import SHORTEST, WINDOW

EVERY = 3_200
"""Samples from one stretch to the next: 0.2 s."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some sound of a segment: (T,) samples, and the media time of its middle."""

    middle_s: float
    sound: NDArray[np.float32]


class Windows:
    """The stretches of one segment; of its sound no more is kept than the last one needs.

    Args:
        start_s: Media time of the segment's first sample.
    """

    def __init__(self, start_s: float) -> None:
        self._start_s = start_s
        self._sound = np.zeros(0, np.float32)
        self._first = 0  # number of the first sample in `_sound`, counted from the segment's start
        self._next = 0  # where the next regular stretch begins
        self._covered = 0  # up to where stretches were cut

    def push(self, samples: NDArray[np.float32]) -> Iterator[Stretch]:
        """Every stretch that is complete with these samples."""
        self._sound = np.concatenate((self._sound, samples))
        while self._next + WINDOW <= self._heard:
            yield self._cut(self._next, self._next + WINDOW)
            self._next += EVERY
        spare = min(self._next, self._heard - WINDOW) - self._first
        if spare > 0:
            self._sound, self._first = self._sound[spare:], self._first + spare

    def rest(self) -> Iterator[Stretch]:
        """The last stretch up to here, where something is left that none covers; the whole of a short segment."""
        if self._heard - self._covered >= EVERY // 2 and self._heard >= SHORTEST:
            yield self._cut(max(0, self._heard - WINDOW), self._heard)

    @property
    def _heard(self) -> int:
        return self._first + self._sound.size

    def _cut(self, first: int, last: int) -> Stretch:
        self._covered = last
        middle_s = self._start_s + (first + last) / 2 / SAMPLE_RATE_HZ
        return Stretch(middle_s, self._sound[first - self._first : last - self._first].copy())
