"""Decoding a recording piece by piece, true to its own timestamps."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from edge.sound.resampler import Resampler
from model.errors import SourceError
from realtime.events import SAMPLE_RATE_HZ

_LOG = logging.getLogger(__name__)
_TOLERANCE_S = 0.05  # coarser than any container's timestamps, finer than a syllable
_LONGEST_HOLE_S = 3600.0  # a longer one is a broken timestamp, not a break in the conversation
_EXACT = {
    "flac",
    "mov,mp4,m4a,3gp,3g2,mj2",
    "matroska,webm",
}  # their headers know the length; elsewhere it is estimated
_MISSING_S = 0.5
_UNKNOWN_BYTES = 0x7FFF_0000  # from here on, a WAV header's length means that it was recorded into a pipe
_CHECK = "Check that it plays elsewhere (ffplay, VLC), or copy it again"


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch that the recording's timestamps skip: `length` samples at 16 kHz, and why."""

    length: int
    reason: str


class Decoder:
    """The audio stream of a file that FFmpeg can read. Every method blocks and belongs to one thread.

    Args:
        path: The file.

    Attributes:
        channels: How many channels it has.
        duration_s: Length according to its header, where that has one.

    Raises:
        SourceError: The file is missing, unreadable or has no audio stream.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._name = path.name
        self._container = open_recording(path)
        if not self._container.streams.audio:
            self._container.close()
            raise SourceError(f"{path} has no audio stream", "Give a recording with sound: wav, flac, mp3, mp4 or mkv")
        self._stream = self._container.streams.audio[0]
        self.channels = self._stream.channels
        self.duration_s = self._duration_s()

    def pieces(self) -> Iterator[NDArray[np.float32] | Hole]:
        """(C, T) float32 samples at 16 kHz in order, and the holes between them.

        Raises:
            SourceError: After everything readable: the file breaks off before the end that its header promises.
        """
        timestamps = _Timestamps((self._container.start_time or 0) / av.time_base)
        resampler: Resampler | None = None
        form: tuple[str, str, int] | None = None
        for frame in self._frames():
            hole_s = timestamps.hole_before(frame)
            if resampler is None or hole_s or form != _form(frame):
                if resampler is not None:
                    yield resampler.flush()
                if hole_s:
                    yield Hole(round(hole_s * SAMPLE_RATE_HZ), "the recording has a hole here")
                resampler, form = Resampler(frame.layout.name), _form(frame)
            frame.pts = None
            yield resampler.push(frame)
        if resampler is not None:
            yield resampler.flush()
        self._refuse_truncated(timestamps.read_s)
        _refuse_truncated_wav(self._path)

    def close(self) -> None:
        """Let the file go."""
        self._container.close()

    def _frames(self) -> Iterator[av.AudioFrame]:
        """Decoded frames; damaged packets leave a hole in the timestamps."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError as error:
                raise SourceError(f"{self._name} cannot be read to its end: {error.strerror}", _CHECK) from error
            if packet is None:
                return
            try:
                frames = packet.decode()
            except av.FFmpegError as error:
                near = _seconds(packet.pts, packet.time_base)
                _LOG.warning("%s: damaged sound near %s s is left out: %s", self._name, near, error.strerror)
                continue
            for frame in frames:
                if frame.layout.nb_channels != self.channels:
                    raise SourceError(f"{self._name} changes its number of channels", "Convert it to flac first")
                yield frame

    def _duration_s(self) -> float | None:
        if self._stream.duration is not None and self._stream.time_base is not None:
            return float(self._stream.duration * self._stream.time_base)
        return None if self._container.duration is None else self._container.duration / av.time_base

    def _refuse_truncated(self, read_s: float) -> None:
        other_streams = self._stream.duration is None and len(self._container.streams) > 1
        exact = self._container.format.name in _EXACT and not other_streams
        if exact and self.duration_s is not None and 0 < read_s < self.duration_s - _MISSING_S:
            raise SourceError(
                f"{self._name} breaks off: {read_s:.1f} s could be read of the {self.duration_s:.1f} s it should have",
                _CHECK,
            )


class _Timestamps:
    """Where decoded frames belong on the media clock, by what the file says.

    Args:
        start_s: What the file's timestamps read at the media clock's zero.
    """

    def __init__(self, start_s: float) -> None:
        self._offset_s = start_s
        self.read_s = 0.0

    def hole_before(self, frame: av.AudioFrame) -> float:
        """Seconds that are missing before this frame, else 0; goes on to its end."""
        hole_s = 0.0 if frame.time is None else frame.time - self._offset_s - self.read_s
        if not _TOLERANCE_S < hole_s <= _LONGEST_HOLE_S:
            if abs(hole_s) > _TOLERANCE_S:
                self._offset_s += hole_s  # the file's clock was set anew on the way
            hole_s = 0.0
        self.read_s += hole_s + frame.samples / frame.sample_rate
        return hole_s


def _seconds(pts: int | None, time_base: Fraction | None) -> str:
    return "?" if pts is None or time_base is None else f"{float(pts * time_base):.1f}"


def _form(frame: av.AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def open_recording(path: Path) -> av.container.InputContainer:
    """The file, as FFmpeg reads it. Raises SourceError where it is missing or unreadable."""
    if not path.exists():
        raise SourceError(f"there is no file {path}", "Check the path of the recording")
    if not path.is_file():
        raise SourceError(f"{path} is not a file", "Give the path of a recording, such as conversation.flac")
    try:
        # The prefix keeps FFmpeg from reading a name such as `concat:a` as anything but a file.
        return av.open(f"file:{path}")
    except av.FFmpegError as error:
        raise SourceError(f"{path} cannot be read as a recording: {error.strerror}", _CHECK) from error


def _refuse_truncated_wav(path: Path) -> None:
    """FFmpeg takes a WAV file's size for its length; its header knows better."""
    with path.open("rb") as file:
        kind, length = file.read(4), int.from_bytes(file.read(4), "little") + 8
    size = path.stat().st_size
    if kind == b"RIFF" and size < length < _UNKNOWN_BYTES:
        raise SourceError(f"{path.name} breaks off: its header promises {length:,} bytes, it has {size:,}", _CHECK)
