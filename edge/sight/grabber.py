"""A thread that takes pictures from a device or an address, for as long as that gives any."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from model.errors import LostError, UsageError
from realtime.clock import Clock

Image = NDArray[np.uint8]
"""(H, W, 3): blue, green, red."""

_WAITING: Final = 8  # pictures that nobody has taken yet; while there are so many none is added
_OLDEST_S: Final = 2.0  # more than a driver's few buffers hold at the slowest rate that is of use


class Capture(Protocol):
    """An open camera."""

    def grab(self) -> bool:
        """Wait for the next picture; False where there is none any more."""

    def retrieve(self) -> tuple[bool, Image]:
        """The picture that was grabbed, and whether it could be decoded."""

    def stamp_s(self) -> float | None:
        """When the picture that was grabbed was taken, by its driver; None where nobody says so."""

    def release(self) -> None:
        """Let the camera go."""


OpenCapture = Callable[[], Capture]
"""Opens a camera; blocks, for as long as it likes. Raises SourceError."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture and the moment at which it was taken, as well as that is known (`moment_of`)."""

    image: Image
    taken_at: float


def moment_of(stamp_s: float | None, arrived_at: float) -> float:
    """The moment of a picture: its driver's where that is plausible, else that of its arrival.

    A picture may wait in the driver while the machine is busy, and is old when it arrives. Drivers of Linux stamp it
    with the monotonic clock, ours, as soon as its first bytes come; some stamp it with a clock of their own, which no
    picture of ours can be placed by, or with nothing.

    Args:
        stamp_s: What the driver says, seconds.
        arrived_at: When it came, seconds of the monotonic clock.
    """
    if stamp_s is not None and arrived_at - _OLDEST_S <= stamp_s <= arrived_at:
        return stamp_s
    return arrived_at


class Grabber:
    """Grabs every picture, so that none is stale, and decodes those that are wanted.

    The thread holds nobody up: one that hangs in a driver or in the network is left to itself, lets the camera go when
    it comes back, and does not keep the program from ending.

    Args:
        opens: Opens the camera, in the thread.
        clock: Stamps the pictures whose driver does not.
        every_s: Time between two wanted pictures, seconds.
        width: Larger pictures are scaled down to this many pixels.
    """

    def __init__(self, opens: OpenCapture, clock: Clock, every_s: float, width: int) -> None:
        self._opens = opens
        self._clock = clock
        self._every_s = every_s
        self._width = width
        self._taken: deque[Taken] = deque()
        self._refusal: UsageError | None = None
        self._ended = False
        self._stopping = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="webcam", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether the thread still holds the camera, or waits for it."""
        return self._thread.is_alive()

    async def take(self, patience_s: float) -> Taken:
        """The next wanted picture.

        Raises:
            SourceError: The camera could not be opened.
            LostError: It ended, was stopped, or gave no picture for `patience_s`.
        """
        while not self._taken:
            if self._refusal is not None:
                raise self._refusal
            if self._ended or self._stopping.is_set():
                raise LostError("it gives no more pictures")
            self._changed.clear()
            try:
                async with asyncio.timeout(patience_s):
                    await self._changed.wait()
            except TimeoutError:
                if not self._taken:
                    raise LostError(f"it gave no picture for {patience_s:g} s") from None
        return self._taken.popleft()

    async def stop(self, patience_s: float = 0.5) -> None:
        """Take no more pictures; return when the camera was let go, or after `patience_s` without it."""
        self._stopping.set()
        self._notify()
        await asyncio.to_thread(self._thread.join, patience_s)

    def _run(self) -> None:
        try:
            capture = self._opens()
            try:
                self._grab(capture)
            finally:
                capture.release()
        except UsageError as error:
            self._refusal = error
        finally:
            self._ended = True
            self._notify()

    def _grab(self, capture: Capture) -> None:
        due_at = self._clock.now_s()
        while not self._stopping.is_set() and capture.grab():
            # Before decoding, which takes time.
            moment = moment_of(capture.stamp_s(), self._clock.now_s())
            if moment < due_at or len(self._taken) >= _WAITING:
                continue
            decoded, image = capture.retrieve()
            if decoded:
                due_at = max(due_at + self._every_s, moment)
                self._taken.append(Taken(fitted(image, self._width), moment))
                self._notify()

    def _notify(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._changed.set)


def fitted(image: Image, width: int) -> Image:
    """The picture, scaled down where it is wider."""
    if image.shape[1] <= width:
        return image
    size = (width, max(1, round(image.shape[0] * width / image.shape[1])))
    return cast("Image", cv2.resize(image, size, interpolation=cv2.INTER_AREA))
