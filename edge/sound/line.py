"""A line to an input device: it is opened again whenever it was lost."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from pydantic import Field

from edge.retrying import RetrySettings
from edge.sound.capture import Block, BlockBuffer, Capture, Device
from edge.sound.waiting import wait_until
from model.errors import LostError, SourceError
from realtime.clock import Clock
from realtime.events import Health, PartHealth

T = TypeVar("T")

_LOG = logging.getLogger(__name__)
_PART = "microphone"


class LineSettings(RetrySettings):
    """How sound is taken from a device, and how patient to be with it."""

    block_s: float = Field(
        default=0.02, ge=0.005, le=0.5, description="Sound that the driver hands over at once, in seconds."
    )
    latency_s: float = Field(
        default=0.1, ge=0.0, le=2.0, description="Sound that the driver may hold while the machine is busy, in seconds."
    )
    buffer_s: float = Field(
        default=10.0, ge=0.1, le=120.0, description="Sound that may wait to be processed, in seconds; more is dropped."
    )
    lost_after_s: float = Field(
        default=2.0, gt=0.0, le=60.0, description="A device that delivers nothing for so many seconds is lost."
    )


@dataclass(frozen=True, slots=True)
class Away:
    """Nothing came until this moment of the clock, and what is missing is lost, not late."""

    until: float


class Line:
    """An input device, block by block. Lost, it is tried again, with pauses that double and jitter, until it is back.

    Args:
        settings: How to take its sound.
        clock: For arrival times and pauses.
        device: The device; opened again whenever it was lost.
        may_be_silent: Whether it may deliver nothing for as long as it likes without being lost.
    """

    def __init__(self, settings: LineSettings, clock: Clock, device: Device, *, may_be_silent: bool = False) -> None:
        self._settings = settings
        self._clock = clock
        self._device = device
        self._patience_s = None if may_be_silent else settings.lost_after_s
        self._channels: int | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=_PART)  # opening and closing a device blocks
        self._buffer: BlockBuffer | None = None
        self._capture: Capture | None = None  # belongs to the thread
        self._closed = asyncio.Event()

    async def open(self, channels: int | None = None) -> Capture:
        """Open the device and start capturing.

        Args:
            channels: How many are needed; None for one, or as few as the device can do.

        Raises:
            SourceError: There is no such device, or it refuses.
        """
        if self._closed.is_set():
            raise SourceError("it was closed before it was open")
        self._channels = channels
        capture, self._buffer = await self._start()
        return capture

    async def heard(self) -> AsyncGenerator[Block | Away | PartHealth, None]:
        """Blocks until the line is closed, and what happens to the device between them."""
        while not self._closed.is_set() and self._buffer is not None:
            try:
                block = await self._buffer.take(self._patience_s)
            except LostError as error:
                if self._closed.is_set():
                    return
                _LOG.warning("lost: %s", error)
                yield PartHealth(_PART, Health.OFFLINE, str(error))
                async for event in self._return():
                    yield event
                continue
            yield block

    async def close(self) -> None:
        """Hear nothing more and let the device go. May be called twice, and at any moment."""
        if self._closed.is_set():
            return
        self._closed.set()
        await self._in_thread(self._release)
        self._thread.shutdown(wait=False)
        if self._buffer is not None:
            self._buffer.end()

    async def _return(self) -> AsyncGenerator[Block | Away | PartHealth, None]:
        """What happens until the device is back after a loss."""
        pause_s = self._settings.first_retry_s
        while not self._closed.is_set():
            await self._in_thread(self._release)
            moment = self._clock.now_s() + pause_s * random.uniform(0.5, 1.0)
            await wait_until(self._clock, moment, self._closed.is_set)
            pause_s = min(2 * pause_s, self._settings.last_retry_s)
            yield Away(self._clock.now_s())
            if self._closed.is_set():
                return
            try:
                capture, self._buffer = await self._start()
                first = None if self._patience_s is None else await self._buffer.take(self._patience_s)
            except (SourceError, LostError) as error:
                _LOG.info("still lost: %s", error)
                continue
            yield PartHealth(_PART, Health.ONLINE, f"{capture.name} is back")
            if first is not None:
                yield Away(first.arrived_at - first.length_s)
                yield first
            return

    async def _start(self) -> tuple[Capture, BlockBuffer]:
        """Open the device with a buffer of its own: nothing of an earlier capture can get into it."""
        settings = self._settings
        buffer = BlockBuffer(self._clock, max(1, round(settings.buffer_s / settings.block_s)))
        capture = await self._in_thread(lambda: self._open(buffer))
        if self._closed.is_set():
            buffer.end()
        return capture, buffer

    def _open(self, buffer: BlockBuffer) -> Capture:
        self._capture = self._device.open(self._channels, buffer.deliver, buffer.end)
        return self._capture

    def _release(self) -> None:
        if self._capture is not None:
            self._capture.close()
            self._capture = None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
