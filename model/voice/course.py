"""How a voice sounds from moment to moment, heard while it speaks: the streaming front end."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from model.voice import blocks
from model.voice.blocks import BLOCK_S, FRAMES, Block
from model.voice.mel import WINDOW, frame_power
from model.voice.prosody import HOP, LEVEL, SPAN, measure
from model.voice.trunk import State, Trunk

_AHEAD: Final = SPAN // 2  # samples that a frame reads beyond its middle, and before it
_BLOCK: Final = FRAMES * HOP
_READ: Final = _BLOCK - HOP + SPAN  # samples that a block's frames read
_TARGET: Final = 10 ** (-25.0 / 10)  # mean power that the trunk was trained at
_GATE_DB: Final = 30.0  # a frame so much quieter than the loudest one is no speech
_FLOOR_DB: Final = -65.0
_QUIETEST: Final = 1e-7  # mean power: what is below is not brought to level
_FULL_SCALE: Final = 0.999


class Course:
    """The course of one segment. Of its sound no more is kept than the next block reads.

    What is heard of a moment depends on what came before it in the segment and on 0.2 s after it, never on how the
    sound was handed over.

    Args:
        trunk: Hears with it; may be shared, since all that is remembered is here.
    """

    def __init__(self, trunk: Trunk) -> None:
        self._trunk = trunk
        self._sound = np.zeros(_AHEAD, np.float32)  # before the segment is silence
        self._blocks: list[Block] = []
        self._state: State | None = None
        self._power = 0.0
        self._frames = 0
        self._loudest_db = _FLOOR_DB
        self._rest: Block | None = None

    def push(self, samples: NDArray[np.float32]) -> None:
        """The next (T,) samples, 16 kHz."""
        self._rest = None
        self._sound = np.concatenate((self._sound, samples))
        while self._sound.size >= _READ:
            self._blocks.append(self._hear(self._sound[:_READ], FRAMES, _BLOCK))
            self._sound = self._sound[_BLOCK:]

    def between(self, start_s: float, end_s: float) -> Sequence[Block]:
        """The blocks of a stretch, seconds since the segment's start: those of which it has most, at least one.

        There are none only where nothing was heard at all.
        """
        heard = [*self._blocks, *self._tail()]
        first = min(round(max(0.0, start_s) / BLOCK_S), max(0, len(heard) - 1))
        return heard[first : max(first + 1, round(end_s / BLOCK_S))]

    def _tail(self) -> Sequence[Block]:
        """What is left after the last whole block, as if silence followed."""
        left = self._sound.size - _AHEAD
        frames = left // HOP
        if frames <= 0:
            return ()
        if self._rest is None:
            before = self._state, self._power, self._frames, self._loudest_db
            padded = np.concatenate((self._sound, np.zeros(_READ, np.float32)))
            self._rest = self._hear(padded[:_READ], frames, left)
            self._state, self._power, self._frames, self._loudest_db = before
        return (self._rest,)

    def _hear(self, sound: NDArray[np.float32], frames: int, samples: int) -> Block:
        measured = measure(sound, frames)
        level = measured[:, LEVEL]
        self._power += float((10 ** (level / 10)).sum())
        first, self._frames = self._frames, self._frames + frames
        self._loudest_db = max(self._loudest_db, float(level.max()))
        windows = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[_AHEAD - WINDOW // 2 :: HOP][:frames]
        power = frame_power(windows)
        mean = max(_QUIETEST, self._power / self._frames)
        states, self._state = self._trunk.hear(torch.from_numpy(power * np.float32(_TARGET / mean)), self._state)
        bands = 10 * np.log10(power + np.float32(1e-9))
        gate_db = max(self._loudest_db - _GATE_DB, _FLOOR_DB)
        own = sound[_AHEAD : _AHEAD + samples]
        return Block(
            blocks.summed(first, states.numpy(), bands, measured, gate_db),
            level.astype(np.float32),
            int((np.abs(own) >= _FULL_SCALE).sum()),
            own.size,
        )
