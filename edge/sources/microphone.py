"""A microphone as a source: any input device that PortAudio knows, at any rate and with any number of channels."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pydantic import Field

from edge.sound.capture import BlockBuffer, Capture, Device
from edge.sound.channels import ChannelSettings
from edge.sound.intake import Intake
from edge.sound.portaudio import PortAudioDevice, load_portaudio
from edge.sound.waiting import wait_until
from model.errors import LostError, SourceError
from realtime.clock import Clock
from realtime.events import Event, Health, PartHealth
from realtime.protocols import SourceInfo

T = TypeVar("T")

_LOG = logging.getLogger(__name__)
_PART = "microphone"


class Settings(ChannelSettings):
    """Which input device, and how patient to be with it."""

    device: int | str | None = Field(
        default=None, description="Number of the input device, or a part of its name; null: the system's default."
    )
    channels: int | None = Field(
        default=None, ge=1, le=64, description="Channels to capture; null: one per named speaker, else one."
    )
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
    first_retry_s: float = Field(
        default=0.5,
        gt=0.0,
        le=60.0,
        description="Wait before trying a lost device again, in seconds; doubles each time.",
    )
    last_retry_s: float = Field(
        default=30.0, gt=0.0, le=600.0, description="Longest wait between two such tries, in seconds."
    )


def create(settings: Settings, clock: Clock) -> "Microphone":
    """The source for these settings; the device is not opened yet.

    Raises:
        PartMissingError: sounddevice or the PortAudio library is not installed.
    """
    device = PortAudioDevice(load_portaudio(), settings.device, settings.block_s, settings.latency_s)
    return Microphone(settings, clock, device)


class Microphone:
    """An input device, captured block by block and resampled to 16 kHz.

    Lost sound becomes an `AudioGap`, so that the media clock keeps up with the monotonic one. A lost device is reported
    and tried again, with pauses that double and jitter, until it is back.

    Args:
        settings: What to capture.
        clock: For arrival times and pauses.
        device: The device; opened again whenever it was lost.
    """

    def __init__(self, settings: Settings, clock: Clock, device: Device) -> None:
        self._settings = settings
        self._clock = clock
        self._device = device
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=_PART)  # opening and closing a device blocks
        self._buffer: BlockBuffer | None = None
        self._capture: Capture | None = None  # belongs to the thread
        self._intake = Intake(1)
        self._closed = asyncio.Event()

    @property
    def intake(self) -> Intake:
        """What was captured and lost so far."""
        return self._intake

    async def open(self) -> SourceInfo:
        """Open the device and start capturing.

        Raises:
            SourceError: There is no such device, it refuses, or has other channels than there are names.
        """
        capture, self._buffer = await self._start()
        speakers = self._settings.names(capture.channels, capture.name)
        self._intake = Intake(len(speakers) or 1)
        return SourceInfo(capture.name, len(speakers) or 1, speakers)

    async def events(self) -> AsyncGenerator[Event, None]:
        """`AudioFrame`, `AudioGap` and `PartHealth` events until the source is closed."""
        while not self._closed.is_set() and self._buffer is not None:
            try:
                block = await self._buffer.take(self._settings.lost_after_s)
            except LostError as error:
                if self._closed.is_set():
                    return
                _LOG.warning("microphone lost: %s", error)
                yield PartHealth(_PART, Health.OFFLINE, str(error))
                async for event in self._return():
                    yield event
                continue
            for event in self._intake.heard(block):
                yield event

    async def close(self) -> None:
        """End the events and let the device go."""
        if self._closed.is_set():
            return
        self._closed.set()
        await self._in_thread(self._release)
        self._thread.shutdown(wait=False)
        if self._buffer is not None:
            self._buffer.end()

    async def _return(self) -> AsyncGenerator[Event, None]:
        """What happens until the first block after a loss: gaps while the device is away, then that it is back."""
        pause_s = self._settings.first_retry_s
        while not self._closed.is_set():
            await self._in_thread(self._release)
            moment = self._clock.now_s() + pause_s * random.uniform(0.5, 1.0)
            await wait_until(self._clock, moment, self._closed.is_set)
            pause_s = min(2 * pause_s, self._settings.last_retry_s)
            for event in self._intake.away(self._clock.now_s()):
                yield event
            if self._closed.is_set():
                return
            try:
                capture, self._buffer = await self._start()
                block = await self._buffer.take(self._settings.lost_after_s)
            except (SourceError, LostError) as error:
                _LOG.info("microphone still lost: %s", error)
                continue
            yield PartHealth(_PART, Health.ONLINE, f"{capture.name} is back")
            for event in self._intake.returned(block):
                yield event
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
        named = len(self._settings.speakers)
        channels = self._settings.channels or (named if named > 1 else None)
        self._capture = self._device.open(channels, buffer.deliver, buffer.end)
        return self._capture

    def _release(self) -> None:
        if self._capture is not None:
            self._capture.close()
            self._capture = None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
