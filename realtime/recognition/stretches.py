"""Cutting sound that is too long for a recogniser, where it is quietest."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from realtime.events import SAMPLE_RATE_HZ

_FRAME = SAMPLE_RATE_HZ // 50
_SEARCHED = 1 / 3  # of a stretch, at its end, in which it may be cut


def stretches(samples: NDArray[np.float32], longest_s: float) -> Iterator[tuple[float, NDArray[np.float32]]]:
    """Start in seconds, and samples, of stretches that make up (T,) sound, none longer than `longest_s`."""
    longest = int(longest_s * SAMPLE_RATE_HZ)
    start = 0
    while samples.size - start > longest:
        length = _quietest(samples[start : start + longest])
        yield start / SAMPLE_RATE_HZ, samples[start : start + length]
        start += length
    yield start / SAMPLE_RATE_HZ, samples[start:]


def _quietest(samples: NDArray[np.float32]) -> int:
    """The middle of the 20 ms in the last third that hold the least energy, counted from the first sample."""
    first = samples.size - int(samples.size * _SEARCHED)
    count = (samples.size - first) // _FRAME
    if not count:
        return samples.size
    frames = samples[first : first + count * _FRAME].reshape(count, _FRAME)
    return first + int(np.argmin(np.square(frames).sum(axis=1))) * _FRAME + _FRAME // 2
