"""A recording as a source: wav, flac, mp3, mp4, mkv and what else FFmpeg decodes, by its own timestamps."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from edge.sound.channels import ChannelSettings, arrange
from edge.sound.decoder import Decoder, Hole
from edge.sound.waiting import wait_until
from model.errors import SourceError
from realtime.clock import Clock
from realtime.events import SAMPLE_RATE_HZ, AudioFrame, AudioGap, Event
from realtime.protocols import SourceInfo

_FRAME = 512  # samples at 16 kHz: 32 ms, what the segmenter reads at a time
_AHEAD = SAMPLE_RATE_HZ  # samples decoded in one go, and held in advance: a second
_SILENT_DBFS = -70.0


class Settings(ChannelSettings):
    """Which recording, and how fast."""

    path: Path = Field(description="The file: wav, flac, mp3, mp4, mkv or anything else that FFmpeg reads.")
    fast: bool = Field(default=False, description="As fast as it can be processed, instead of at wall-clock speed.")


def create(settings: Settings, clock: Clock) -> "Recording":
    """The source for these settings; nothing is opened yet."""
    return Recording(settings, clock)


class Recording:
    """A file that is played into the pipeline, one frame of 32 ms at a time.

    At wall-clock speed an event comes out when its last sample is due, and `arrived_at` is that moment; with `fast` the
    same events come in the same order at once. A hole in the timestamps, or a late start, is an `AudioGap`. Decoding
    happens in a thread of its own, a second of sound ahead.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        # One thread owns the decoder: FFmpeg's objects must not be shared, nor closed while they work.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recording")
        self._decoder: Decoder | None = None
        self._batches: Iterator[list[AudioFrame | AudioGap]] = iter(())
        self._first: list[AudioFrame | AudioGap] = []
        self._closed = asyncio.Event()

    async def open(self) -> SourceInfo:
        """Open the file and decode its first second.

        Raises:
            SourceError: The file is missing, unreadable, without sound, or has other channels than there are names.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._open)

    async def events(self) -> AsyncGenerator[Event, None]:
        """`AudioFrame` and `AudioGap` events to the end of the file.

        Raises:
            SourceError: After the last event: the file was silent from start to end, or breaks off.
        """
        loop = asyncio.get_running_loop()
        began_at = self._clock.now_s()
        batch = self._first
        while batch and not self._closed.is_set():
            ahead = loop.run_in_executor(self._thread, self._next_batch)
            # Whoever stops listening before the end does not want to hear of a failure there.
            ahead.add_done_callback(lambda done: done.cancelled() or done.exception())
            try:
                for event in batch:
                    if (timed := await self._timed(event, began_at)) is None:
                        return
                    yield timed
                batch = await ahead
            finally:
                ahead.cancel()

    async def close(self) -> None:
        """End the events and let the file go."""
        if self._closed.is_set():
            return
        self._closed.set()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._release)
        self._thread.shutdown(wait=False)

    async def _timed(self, event: AudioFrame | AudioGap, began_at: float) -> Event | None:
        """The event with the moment at which it arrived, once that has come; None if the source was closed before."""
        if self._settings.fast:
            moment = self._clock.now_s()
        else:
            end = event.start + (event.length if isinstance(event, AudioGap) else event.samples.shape[1])
            moment = began_at + end / SAMPLE_RATE_HZ
            await wait_until(self._clock, moment, self._closed.is_set)
        if self._closed.is_set():
            return None
        return AudioFrame(event.start, event.samples, moment) if isinstance(event, AudioFrame) else event

    def _open(self) -> SourceInfo:
        path = self._settings.path.expanduser()
        self._decoder = Decoder(path)
        speakers = self._settings.names(self._decoder.channels, path.name)
        channels = len(speakers) or 1
        pieces = _heard(self._decoder.pieces(), path.name)
        self._batches = _batches(pieces, channels)
        self._first = self._next_batch()
        return SourceInfo(path.name, channels, speakers, self._decoder.duration_s)

    def _next_batch(self) -> list[AudioFrame | AudioGap]:
        return next(self._batches, [])

    def _release(self) -> None:
        if self._decoder is not None:
            self._decoder.close()


def _heard(pieces: Iterator[NDArray[np.float32] | Hole], name: str) -> Iterator[NDArray[np.float32] | Hole]:
    """The same pieces; at their end, SourceError if there was nothing to hear in them."""
    peak, length = 0.0, 0
    for piece in pieces:
        if not isinstance(piece, Hole) and piece.size:
            length += piece.shape[1]
            peak = max(peak, float(np.abs(piece).max()))
        yield piece
    if not length:
        raise SourceError(f"{name} is empty: it holds no sound at all", "Record it again")
    if peak < 10 ** (_SILENT_DBFS / 20):
        raise SourceError(
            f"{name} is silent: nothing above {_SILENT_DBFS:.0f} dBFS in {length / SAMPLE_RATE_HZ:.1f} s",
            "Check the microphone it was recorded with, and record it again",
        )


class _Framer:
    """Cuts pieces into frames of equal length on the media clock; shorter is only the last before a hole or the end."""

    def __init__(self, channels: int) -> None:
        self._position = 0
        self._rest = np.empty((channels, 0), dtype=np.float32)

    def push(self, piece: NDArray[np.float32] | Hole) -> list[AudioFrame | AudioGap]:
        """What is complete now."""
        if isinstance(piece, Hole):
            events = [*self.rest(), AudioGap(self._position, piece.length, piece.reason)]
            self._position += piece.length
            return events
        self._rest = np.concatenate([self._rest, arrange(piece, self._rest.shape[0])], axis=1)
        whole = self._rest.shape[1] // _FRAME
        return [self._cut(_FRAME) for _ in range(whole)]

    def rest(self) -> list[AudioFrame | AudioGap]:
        """What is left of the sound so far."""
        return [self._cut(self._rest.shape[1])] if self._rest.size else []

    def _cut(self, length: int) -> AudioFrame:
        frame = AudioFrame(self._position, self._rest[:, :length].copy(), 0.0)
        self._rest = self._rest[:, length:]
        self._position += length
        return frame


def _batches(pieces: Iterator[NDArray[np.float32] | Hole], channels: int) -> Iterator[list[AudioFrame | AudioGap]]:
    """About a second of events at a time; everything that came before a failure is handed over before it."""
    framer = _Framer(channels)
    batch: list[AudioFrame | AudioGap] = []
    failure: SourceError | None = None
    try:
        for piece in pieces:
            batch += framer.push(piece)
            if len(batch) * _FRAME >= _AHEAD:
                yield batch
                batch = []
    except SourceError as error:
        failure = error
    if batch := batch + framer.rest():
        yield batch
    if failure is not None:
        raise failure
