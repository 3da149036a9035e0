"""A recording played over and over at wall-clock speed, without a hole between its end and its beginning."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.demo.script import RECORDING_PATH, demo_speakers
from edge.sound.decoder import Decoder, Hole
from edge.sound.waiting import wait_until
from model.errors import SourceError
from realtime.clock import Clock
from realtime.events import SAMPLE_RATE_HZ, AudioFrame, Event
from realtime.protocols import SourceInfo

_FRAME = 512  # samples: 32 ms, what a recording gives at a time
_LONGEST_S = 3600.0  # what is played again and again is kept in memory: some 230 MB an hour and channel
_SHORTEST = SAMPLE_RATE_HZ  # samples


@dataclass(frozen=True, slots=True)
class Sound:
    """A whole recording, in memory.

    Attributes:
        name: For people.
        samples: (C channels, T samples) float32 at 16 kHz.
        speakers: One name per channel; empty where channels are no persons.
    """

    name: str
    samples: NDArray[np.float32]
    speakers: tuple[str, ...] = ()

    @property
    def length_s(self) -> float:
        """How long it is."""
        return int(self.samples.shape[1]) / SAMPLE_RATE_HZ


def sound_of(recording: Path | None) -> Sound:
    """The sound of a recording, or of the demo conversation, whose speakers are known. Raises as `read_sound` does."""
    return read_sound(RECORDING_PATH, demo_speakers()) if recording is None else read_sound(recording)


def read_sound(path: Path, speakers: tuple[str, ...] = ()) -> Sound:
    """The sound of a recording; silence where its timestamps have a hole.

    Args:
        path: The file.
        speakers: One name per channel of it, where they are known.

    Raises:
        SourceError: It cannot be read, is shorter than a second or longer than an hour.
    """
    decoder = Decoder(path)
    pieces: list[NDArray[np.float32]] = []
    length = 0
    try:
        for piece in decoder.pieces():
            pieces.append(np.zeros((decoder.channels, piece.length), np.float32) if isinstance(piece, Hole) else piece)
            length += pieces[-1].shape[1]
            if length > _LONGEST_S * SAMPLE_RATE_HZ:
                raise SourceError(f"{path.name} is longer than an hour", "Give a shorter one; it is played repeatedly")
    finally:
        decoder.close()
    if length < _SHORTEST:
        raise SourceError(f"{path.name} is shorter than a second", "Give a recording of a conversation")
    return Sound(path.name, np.concatenate(pieces, axis=1), speakers)


class Looped:
    """A source that plays a sound from some point on, again and again, until it is closed or its time is over.

    Frames have 32 ms and come out when their last sample is due, which is what `arrived_at` says.

    Args:
        sound: What is played.
        clock: For its pace.
        phase_s: Where in the sound it begins.
        lasts_s: How long it goes on; None for ever.
        began_at: The moment of its first sample; None for when its events are first asked for.
    """

    def __init__(
        self,
        sound: Sound,
        clock: Clock,
        *,
        phase_s: float = 0.0,
        lasts_s: float | None = None,
        began_at: float | None = None,
    ) -> None:
        self._sound = sound
        self._clock = clock
        self._phase = round(phase_s * SAMPLE_RATE_HZ) % sound.samples.shape[1]
        self._last = None if lasts_s is None else round(lasts_s * SAMPLE_RATE_HZ)
        self._began_at = began_at
        self._closed = asyncio.Event()

    async def open(self) -> SourceInfo:
        """What is played; there is nothing to open."""
        length_s = None if self._last is None else self._last / SAMPLE_RATE_HZ
        return SourceInfo(self._sound.name, self._sound.samples.shape[0], self._sound.speakers, length_s)

    async def events(self) -> AsyncGenerator[Event, None]:
        """`AudioFrame` events."""
        began_at = self._clock.now_s() if self._began_at is None else self._began_at
        start = 0
        while self._last is None or start < self._last:
            due_at = began_at + (start + _FRAME) / SAMPLE_RATE_HZ
            await wait_until(self._clock, due_at, self._closed.is_set)
            if self._closed.is_set():
                return
            yield AudioFrame(start, self._frame(start), due_at)
            start += _FRAME

    async def close(self) -> None:
        """End the events."""
        self._closed.set()

    def _frame(self, start: int) -> NDArray[np.float32]:
        positions = np.arange(self._phase + start, self._phase + start + _FRAME)
        return self._sound.samples.take(positions, axis=1, mode="wrap")
