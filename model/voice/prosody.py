"""How loud, how dark, how high and how voiced a frame of speech is: measured every 10 ms, compiled."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.compiled import compiled
from model.voice.sound import SAMPLE_RATE_HZ

HOP: Final = 160
"""Samples from one frame to the next: 10 ms."""

SPAN: Final = 800
"""Samples that a frame looks at, around its middle: 50 ms."""

LEVEL, TILT, PITCH, VOICING = range(4)
"""The columns of what is measured."""

SILENCE_DB: Final = -100.0
"""The level of digital silence."""

_HALF = SPAN // 2  # the pitch is searched at half the rate
_HALF_RATE_HZ = SAMPLE_RATE_HZ / 2
_SHORTEST = 16  # lag: 500 Hz
_LONGEST = 128  # lag: 62.5 Hz
_PREFERENCE = 0.08  # for an octave up at equal correlation
_REFERENCE_HZ = 100.0
_TINY = 1e-10


@compiled
def _pitch(half: NDArray[np.float64]) -> tuple[float, float]:
    """Pitch and voicing of (SPAN / 2,) samples at half the rate, of mean 0."""
    correlation = np.empty(_LONGEST + 2)
    whole = 0.0
    for i in range(_HALF):
        whole += half[i] * half[i]
    early = whole  # energy of what is left when the last `lag` samples are cut off, and
    late = whole  # when the first ones are
    for lag in range(1, _LONGEST + 2):
        early -= half[_HALF - lag] ** 2
        late -= half[lag - 1] ** 2
        product = 0.0
        for i in range(_HALF - lag):
            product += half[i] * half[i + lag]
        correlation[lag] = product / np.sqrt(max(early, 0.0) * max(late, 0.0) + _TINY * _TINY)
    best = 0.0
    found = 0
    for lag in range(_SHORTEST, _LONGEST + 1):
        here = correlation[lag]
        score = here - _PREFERENCE * np.log2(lag / _SHORTEST)
        if score > best and here > correlation[lag - 1] and here >= correlation[lag + 1]:
            best = score
            found = lag
    if found == 0:
        return 0.0, 0.0
    bend = correlation[found - 1] - 2.0 * correlation[found] + correlation[found + 1]
    shift = 0.5 * (correlation[found - 1] - correlation[found + 1]) / bend if bend != 0.0 else 0.0
    return np.log2(_HALF_RATE_HZ / (found + shift) / _REFERENCE_HZ), min(1.0, correlation[found])


@compiled
def measure(sound: NDArray[np.float32], frames: int) -> NDArray[np.float64]:
    """The measures of frames, (frames, 4).

    Level: mean square, dB below full scale. Tilt: the correlation of neighbouring samples, -1 to 1: high for a dark
    sound, low for a bright or noisy one. Pitch: the fundamental frequency in octaves above 100 Hz, 62.5 to 500 Hz.
    Voicing: the highest normalised autocorrelation at a lag of such a frequency, 0 to 1; where it is 0, so is the
    pitch.

    Args:
        sound: (HOP * (frames - 1) + SPAN,) samples or more; frame t looks at SPAN of them from HOP * t on.
        frames: How many.
    """
    measured = np.zeros((frames, 4))
    half = np.empty(_HALF)
    for frame in range(frames):
        first = frame * HOP
        mean = 0.0
        for i in range(SPAN):
            mean += sound[first + i]
        mean /= SPAN
        power = 0.0
        neighbours = 0.0
        before = 0.0
        for i in range(SPAN):
            sample = sound[first + i] - mean
            power += sample * sample
            neighbours += sample * before
            before = sample
        for i in range(_HALF):
            half[i] = 0.5 * (sound[first + 2 * i] + sound[first + 2 * i + 1]) - mean
        measured[frame, 0] = 10.0 * np.log10(power / SPAN + _TINY)
        measured[frame, 1] = neighbours / (power + _TINY)
        measured[frame, 2], measured[frame, 3] = _pitch(half)
    return measured
