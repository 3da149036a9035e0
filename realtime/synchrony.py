"""By how much sound and pictures are apart: where their changes agree best, or that this cannot be told.

What is heard and what is seen change at the same moments: with a mouth, with hands that clap, with a lamp that lights
with a tone. Both become courses of how much changes, a hundred values a second, which are laid over each other at every
lag. That the best lag is none by chance shows in how far it stands out from all others.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from realtime.events import SAMPLE_RATE_HZ

Course = NDArray[np.float32]

COURSE_HZ: Final = 100
"""Values of a course per second."""

LARGEST_S: Final = 1.0
"""Larger lags are not looked for."""

NO_SOUND: Final = "there is no sound that changes"
NO_MOTION: Final = "nothing moves in the pictures"
TOO_SHORT: Final = "it is too short: ten seconds are needed"
NO_PEAK: Final = "sound and pictures do not change together: what is heard is not what is seen"
AMBIGUOUS: Final = "they agree at several lags: what repeats cannot tell, nor what is more than a second apart"

_HOP: Final = SAMPLE_RATE_HZ // COURSE_HZ
_SHORTEST: Final = 10 * COURSE_HZ
_SILENT: Final = 10 ** (-65 / 10)
_STEADY: Final = 0.05  # largest change of loudness per step, as a part of it, of what is noise or a hum
_SUDDEN_S: Final = 0.2  # longer between two pictures: the first one stood still, else there were more
_STILL: Final = 1.5  # grey levels, on the mean of a part of the picture: less is the coding's
_MOMENTS: Final = 3  # of change, at least
_SMOOTHED: Final = 2.5  # standard deviation of the smoothing, steps: half of the time between two pictures
_SEARCHED: Final = round(LARGEST_S * COURSE_HZ)
_AROUND: Final = 3 * _SEARCHED  # lags that say how well courses agree by chance
_PEAK: Final = 20  # steps to each side that belong to a peak
_CLEAR: Final = 7.0  # by how many deviations a peak stands out of what is chance
_AGREEING: Final = 0.1  # correlation below which agreement explains nothing
_RIVAL: Final = 0.6  # of a peak's height, that none other may reach


@dataclass(frozen=True, slots=True)
class Synchrony:
    """How sound and pictures lie to each other.

    Attributes:
        sound_late_s: How much later the sound comes than its picture, seconds; negative: earlier. None: cannot be told.
        confidence: From 0 to 1, how far the best lag stands out from the next best; 0 where it cannot be told.
        reason: Why it cannot be told; empty where it can.
    """

    sound_late_s: float | None
    confidence: float
    reason: str = ""


def level_course(samples: Course) -> Course:
    """How loud (T,) samples at 16 kHz are: (T // 160,) power, a hundred values a second."""
    whole = samples[: samples.size // _HOP * _HOP].reshape(-1, _HOP)
    return np.asarray(np.square(whole, dtype=np.float32).mean(axis=1), np.float32)


def motion_course(times_s: NDArray[np.float64], motion: Course) -> Course:
    """Motion between pictures as courses on the media clock.

    What changed from one picture to the next did so at some moment between them, so it counts for all that time; where
    that is long, as in recordings of a screen, only for the last of it.

    Args:
        times_s: (N,) media times of the pictures, rising, seconds.
        motion: (N, P) by how many grey levels each part of a picture differs from the one before; the first is moot.

    Returns:
        (T, P) float32 from media time 0 to the last picture, zero before the first.
    """
    if times_s.size <= 1:
        return np.empty((0, motion.shape[1]), np.float32)
    ends_s = times_s[1:]
    lasts_s = np.minimum(np.diff(times_s), _SUDDEN_S)
    moved = np.pad(np.cumsum(motion[1:] * lasts_s[:, None], axis=0), ((1, 0), (0, 0)))
    knots_s = np.stack([ends_s - lasts_s, ends_s], axis=1).ravel()
    edges_s = np.arange(int(ends_s[-1] * COURSE_HZ) + 1) / COURSE_HZ
    parts = [np.interp(edges_s, knots_s, np.stack([part[:-1], part[1:]], axis=1).ravel()) for part in moved.T]
    return np.asarray(COURSE_HZ * np.diff(parts), np.float32).T


def measure(level: Course, motion: Course) -> Synchrony:
    """How much later sound comes than pictures.

    Args:
        level: (T,) from `level_course`, from media time 0 on.
        motion: (T', P) from `motion_course`, from media time 0 on.
    """
    length = min(level.size, motion.shape[0])
    if length < _SHORTEST:
        return _unknown(TOO_SHORT)
    heard = _heard(level[:length])
    if heard is None:
        return _unknown(NO_SOUND)
    moving = _moving(motion[:length])
    if not moving.size:
        return _unknown(NO_MOTION)
    return _at_best(_agreement(heard, _normalised(np.sqrt(moving))))


def _heard(level: Course) -> Course | None:
    """(T,) how much loudness changes, normalised; None where it does not."""
    if float(level.max()) < _SILENT:
        return None
    loudness = _smoothed(np.power(level, 0.25))  # the root of the amplitude: how far a mouth opens is nearest to it
    change = np.abs(np.gradient(loudness))
    if float(change.max()) < _STEADY * float(loudness.max()):
        return None
    return _normalised(change[:, None])[:, 0]


def _moving(motion: Course) -> Course:
    """(T, P) the parts of the picture in which something moves."""
    return motion[:, np.count_nonzero(motion > _STILL, axis=0) >= _MOMENTS]


def _normalised(courses: Course) -> Course:
    """(T, P) courses, smoothed, with mean 0 and deviation 1."""
    smooth = np.stack([_smoothed(course) for course in courses.T], axis=1)
    return np.asarray((smooth - smooth.mean(axis=0)) / np.maximum(smooth.std(axis=0), 1e-9), np.float32)


def _smoothed(course: Course) -> Course:
    reach = round(4 * _SMOOTHED)
    kernel = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / _SMOOTHED))
    lengthened = np.pad(course, reach, mode="edge")  # else its ends would change
    return np.asarray(np.convolve(lengthened, kernel / kernel.sum(), mode="valid"), np.float32)


def _agreement(heard: Course, seen: Course) -> Course:
    """(2 * _AROUND + 1,) for every lag of the sound, how well it agrees with the part that agrees best."""
    length = heard.size
    padded = np.pad(heard, _AROUND)
    agreement = [float((padded[lag : lag + length] @ seen).max()) / length for lag in range(2 * _AROUND + 1)]
    return np.asarray(agreement, np.float32)


def _at_best(agreement: Course) -> Synchrony:
    """The lag at the highest peak, between steps, if it stands out."""
    searched = agreement[_AROUND - _SEARCHED : _AROUND + _SEARCHED + 1]
    best = int(searched.argmax()) + _AROUND - _SEARCHED
    others = np.delete(agreement, np.arange(max(0, best - _PEAK), best + _PEAK + 1))
    chance = float(np.median(others))
    deviation = 1.4826 * float(np.median(np.abs(others - chance))) + 1e-6
    height = float(agreement[best]) - chance
    if height < _AGREEING or height < _CLEAR * deviation:
        return _unknown(NO_PEAK)
    rival = max(0.0, float(others.max()) - chance) / height
    if rival > _RIVAL:
        return _unknown(AMBIGUOUS)
    return Synchrony((best - _AROUND + _vertex(agreement, best)) / COURSE_HZ, 1.0 - rival)


def _vertex(agreement: Course, best: int) -> float:
    """Where the parabola through a peak and its neighbours has its top, steps from the peak."""
    before, top, after = (float(value) for value in agreement[best - 1 : best + 2])
    curve = before - 2 * top + after
    return 0.5 * (before - after) / curve if curve < 0 else 0.0


def _unknown(reason: str) -> Synchrony:
    return Synchrony(None, 0.0, reason)
