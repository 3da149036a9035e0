"""What is summed up of a voice, fifth of a second by fifth of a second: any stretch can be asked for afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.voice.ge2e import STATE
from model.voice.mel import BANDS
from model.voice.prosody import LEVEL, PITCH, SILENCE_DB, TILT, VOICING

FRAMES: Final = 20
"""Frames of 10 ms in a block."""

BLOCK_S: Final = FRAMES / 100

VOICED: Final = 0.5
"""Voicing from which a frame has a pitch."""

_SPOKEN: Final = STATE + BANDS + 3  # per frame: state, bands, level, tilt, voicing
_MOVING: Final = BANDS + 3  # the last of them, whose changes from frame to frame are summed up, too
_STEP: Final = 0.15  # octaves in 10 ms that a voice can move; more is another octave found
_SUMS: Final = 1 + 2 * _SPOKEN + 1 + _MOVING + 9

VECTOR: Final = 2 * _SPOKEN - 1 + _MOVING + 5
"""Numbers that stand for how a stretch was said."""


@dataclass(frozen=True, slots=True)
class Block:
    """Sums over the loud frames of a fifth of a second.

    Attributes:
        sums: (S,) float64; those of several blocks are added.
        levels_db: (F,) float32 of all frames, loud or not.
        clipped: Samples at full scale.
        samples: Samples of it.
    """

    sums: NDArray[np.float64]
    levels_db: NDArray[np.float32]
    clipped: int
    samples: int


def summed(
    first: int,
    states: NDArray[np.float32],
    bands: NDArray[np.float32],
    measured: NDArray[np.float64],
    gate_db: float,
) -> NDArray[np.float64]:
    """The sums of one block.

    Args:
        first: Number of its first frame within the segment.
        states: (F, 256) of the trunk.
        bands: (F, 40) mel power, dB.
        measured: (F, 4) of `model.voice.prosody`.
        gate_db: Quieter frames are no speech.
    """
    level, tilt, pitch, voicing = (measured[:, column] for column in (LEVEL, TILT, PITCH, VOICING))
    loud = level > gate_db
    rows = np.concatenate((states, bands, np.stack((level, tilt, voicing), 1)), 1, dtype=np.float64)
    spoken = rows[loud]
    follows = loud[1:] & loud[:-1]
    changes = np.abs(np.diff(rows[:, -_MOVING:], axis=0))[follows]
    voiced = loud & (voicing > VOICED)
    times = (first + np.flatnonzero(voiced)) / 100.0
    heights = pitch[voiced]
    moves = np.abs(np.diff(pitch))[voiced[1:] & voiced[:-1]]
    moves = moves[moves < _STEP]
    return np.concatenate(
        (
            [len(spoken)],
            spoken.sum(0),
            np.square(spoken).sum(0),
            [len(changes)],
            changes.sum(0),
            [len(heights), heights.sum(), np.square(heights).sum()],
            [times.sum(), np.square(times).sum(), (times * heights).sum()],
            [len(moves), moves.sum(), (10 ** (level[loud] / 10)).sum()],
        )
    )


def pooled(blocks: Sequence[Block]) -> NDArray[np.float32]:
    """(V,) how the stretch of these blocks was said: means, deviations and changes; zeros where nothing was loud.

    Bands and level are relative to the mean level, so that it says nothing how far away the microphone is.
    """
    count, mean, square, steps, changes, rest = _parts(sum(block.sums for block in blocks))
    if count == 0:
        return np.zeros(VECTOR, np.float32)
    mean, square = mean / count, square / count
    deviation = np.sqrt(np.maximum(0.0, square - mean**2))
    level = mean[STATE + BANDS]
    relative = np.concatenate((mean[:STATE], mean[STATE : STATE + BANDS] - level, mean[STATE + BANDS + 1 :]))
    voiced = rest[0]
    melody = _melody(rest) if voiced else np.zeros(4)
    return np.concatenate(
        (relative, deviation, changes / max(1.0, steps), melody, [voiced / count]),
        dtype=np.float32,
        casting="same_kind",
    )


def loud_frames(blocks: Sequence[Block]) -> tuple[int, int, float]:
    """Of these blocks: loud frames, those of them with a pitch, and the mean level of the loud ones, dB."""
    count, *_, rest = _parts(sum(block.sums for block in blocks))
    level = 10 * np.log10(rest[8] / count) if count and rest[8] > 0 else SILENCE_DB
    return int(count), int(rest[0]), float(level)


def _parts(
    sums: NDArray[np.float64] | int,
) -> tuple[float, NDArray[np.float64], NDArray[np.float64], float, NDArray[np.float64], NDArray[np.float64]]:
    sums = np.zeros(_SUMS) if isinstance(sums, int) else sums
    ends = np.cumsum([1, _SPOKEN, _SPOKEN, 1, _MOVING])
    count, mean, square, steps, changes, rest = np.split(sums, ends)
    return float(count[0]), mean, square, float(steps[0]), changes, rest


def _melody(rest: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean and deviation of the pitch, octaves; its slope, octaves a second; its mean change in 10 ms."""
    count, height, square, time, time_square, both, moves, moved, _ = rest
    height, time = height / count, time / count
    spread = time_square / count - time**2
    slope = (both / count - time * height) / spread if spread > 1e-6 else 0.0  # noqa: PLR2004 - one frame has no slope
    return np.array([height, np.sqrt(max(0.0, square / count - height**2)), slope, moved / max(1.0, moves)])
