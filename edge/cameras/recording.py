"""The pictures of a recording as a camera: each comes when the sound has come to its time."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pydantic import Field

from edge.sight.film import Film, Shown
from edge.sight.placing import PlacingSettings
from model.errors import SettingsError, SourceError
from realtime.clock import Clock
from realtime.events import Event, VideoFrame, VideoGap
from realtime.media_clock import MediaClock
from realtime.protocols import CameraInfo


class Settings(PlacingSettings):
    """Which recording, and how many of its pictures."""

    path: Path | None = Field(
        default=None, description="The file, such as an mp4 or mkv; null for the recording that is listened to."
    )
    frames_per_s: float = Field(default=5.0, ge=1.0, le=30.0, description="Pictures that are looked at, per second.")
    width: int = Field(
        default=1280, ge=160, le=3840, description="Larger pictures are scaled down to this width, pixels."
    )


def create(settings: Settings, clock: Clock, media_clock: MediaClock) -> "Recording":
    """The camera for these settings; nothing is opened yet.

    Raises:
        SettingsError: No recording is named.
    """
    if settings.path is None:
        raise SettingsError(
            "the camera `recording` shows the recording that is listened to, and none is",
            "Name one: undertone run meeting.mp4 --camera recording, or set camera.path",
        )
    return Recording(settings, settings.path.expanduser(), clock, media_clock)


class Recording:
    """The pictures of a file, on the media clock of the sound, whether that runs at wall-clock speed or faster.

    Decoding happens in a thread of its own, one picture ahead.

    Args:
        settings: How many pictures, and how large.
        path: The file.
        clock: For arrival times.
        media_clock: Says how far the sound has come.
    """

    def __init__(self, settings: Settings, path: Path, clock: Clock, media_clock: MediaClock) -> None:
        self._settings = settings
        self._path = path
        self._clock = clock
        self._media_clock = media_clock
        # One thread owns the decoder: FFmpeg's objects must not be shared, nor closed while they work.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="film")
        self._film: Film | None = None
        self._shown: Iterator[Shown] = iter(())
        self._first: Shown | None = None
        self._closed = asyncio.Event()

    async def open(self) -> CameraInfo:
        """Open the file and decode its first picture.

        Raises:
            SourceError: The file is missing, unreadable, or has no pictures.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._open)

    async def events(self) -> AsyncGenerator[Event, None]:
        """`VideoFrame` events to the end of the pictures, or of the sound; before the first, `VideoGap` events."""
        shown = self._first
        while shown is not None and await self._reached(time_s := shown.time_s - self._settings.offset_s):
            coming = asyncio.get_running_loop().run_in_executor(self._thread, self._next)
            try:
                if time_s >= 0:
                    yield self._timed(time_s, shown)
                shown = await coming
            finally:
                coming.cancel()

    async def close(self) -> None:
        """End the events and let the file go."""
        if self._closed.is_set():
            return
        self._closed.set()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._release)
        self._thread.shutdown(wait=False)

    async def _reached(self, time_s: float) -> bool:
        """Whether the sound has come to this time, once it has, has ended, or the camera was closed."""
        reaching = asyncio.create_task(self._media_clock.reached(time_s), name="picture is due")
        closing = asyncio.create_task(self._closed.wait(), name="camera is closed")
        try:
            await asyncio.wait({reaching, closing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            reaching.cancel()
            closing.cancel()
        return not self._closed.is_set() and reaching.result()

    def _timed(self, time_s: float, shown: Shown) -> Event:
        if shown.image is None:
            return VideoGap(time_s)
        return VideoFrame(time_s, shown.image, self._clock.now_s())

    def _open(self) -> CameraInfo:
        self._film = Film(self._path, self._settings.width)
        self._shown = self._film.shown(1.0 / self._settings.frames_per_s)
        self._first = self._next()
        if self._first is None:
            raise SourceError(f"no picture of {self._path} can be read", "Check that it plays elsewhere (ffplay, VLC)")
        return CameraInfo(self._path.name, *self._film.size)

    def _next(self) -> Shown | None:
        return next(self._shown, None)

    def _release(self) -> None:
        if self._film is not None:
            self._film.close()
