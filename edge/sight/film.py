"""The pictures of a recording, by its own timestamps."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition

from edge.sight.grabber import Image
from edge.sound.decoder import open_recording
from model.errors import SourceError

_LOG = logging.getLogger(__name__)
_ROUNDED_S = 0.001  # as containers round their timestamps
_QUARTER = 90  # degrees, against the clock


@dataclass(frozen=True, slots=True)
class Shown:
    """What is on the screen at a media time, seconds after the recording's beginning; None before its first picture."""

    time_s: float
    image: Image | None


class Film:
    """The pictures of a file that FFmpeg can read. Every method blocks and belongs to one thread.

    Its zero is that of the sound (`edge.sound.decoder.Decoder`): the file's earliest timestamp. Pictures are turned as
    the file says they are to be shown.

    Args:
        path: The file.
        width: Larger pictures are scaled down to this many pixels.

    Attributes:
        size: Width and height of the pictures as they are stored, pixels.

    Raises:
        SourceError: The file is missing, unreadable, or has no pictures.
    """

    def __init__(self, path: Path, width: int) -> None:
        self._name = path.name
        self._width = width
        self._container = open_recording(path)
        moving = [
            stream for stream in self._container.streams.video if not stream.disposition & Disposition.attached_pic
        ]
        if not moving:
            self._container.close()
            raise SourceError(f"{path} has no pictures", "Run it without --camera, or give a video such as meeting.mp4")
        self._stream = moving[0]
        self._start_s = (self._container.start_time or 0) / av.time_base
        self.size = self._stream.width, self._stream.height

    def shown(self, every_s: float) -> Iterator[Shown]:
        """What is on the screen every so many seconds: each picture stands until the next one."""
        frames = self._timed()
        first = next(frames, None)
        if first is None:
            return
        since_s, standing = first
        due_s = 0.0
        while due_s < since_s:
            yield Shown(due_s, None)
            due_s += every_s
        due_s = since_s
        for time_s, frame in frames:
            while due_s < time_s - _ROUNDED_S:
                yield Shown(since_s, self._image(standing))
                due_s += every_s
                since_s = due_s
            since_s, standing = time_s, frame
        yield Shown(since_s, self._image(standing))

    def pictures(self) -> Iterator[tuple[float, Image]]:
        """Every picture with its media time, seconds; each later than the one before."""
        for time_s, frame in self._timed():
            yield time_s, self._image(frame)

    def close(self) -> None:
        """Let the file go."""
        self._container.close()

    def _timed(self) -> Iterator[tuple[float, av.VideoFrame]]:
        """Decoded pictures with their times, each later than the one before; others are left out."""
        newest_s = self._start_s - 1.0
        for packet in self._packets():
            try:
                frames = packet.decode()
            except av.FFmpegError as error:
                _LOG.warning("%s: a damaged picture is left out: %s", self._name, error.strerror)
                continue
            for frame in frames:
                if frame.pts is not None and frame.time > newest_s:
                    newest_s = frame.time
                    yield max(0.0, newest_s - self._start_s), frame

    def _packets(self) -> Iterator["av.Packet[av.VideoStream]"]:
        """Up to the end of the file, or to where it cannot be read any further: the sound says so, if it matters."""
        try:
            yield from self._container.demux(self._stream)
        except av.FFmpegError as error:
            _LOG.warning("%s: its pictures end early: %s", self._name, error.strerror)

    def _image(self, frame: av.VideoFrame) -> Image:
        width = min(self._width, frame.width)
        height = max(1, round(frame.height * width / frame.width))
        image = frame.to_ndarray(format="bgr24", width=width, height=height)
        turns = round(frame.rotation / _QUARTER) % 4
        return np.ascontiguousarray(np.rot90(image, turns))
