"""A microphone as a source: any input device that PortAudio knows, at any rate and with any number of channels."""

from collections.abc import AsyncGenerator

from pydantic import Field

from edge.sound.capture import Device
from edge.sound.channels import ChannelSettings
from edge.sound.intake import Intake
from edge.sound.line import Away, Line, LineSettings
from edge.sound.portaudio import PortAudioDevice, load_portaudio
from realtime.clock import Clock
from realtime.events import Event, PartHealth
from realtime.protocols import SourceInfo


class Settings(ChannelSettings, LineSettings):
    """Which input device, and how patient to be with it."""

    device: int | str | None = Field(
        default=None, description="Number of the input device, or a part of its name; null: the system's default."
    )
    channels: int | None = Field(
        default=None, ge=1, le=64, description="Channels to capture; null: one per named speaker, else one."
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
    and tried again until it is back.

    Args:
        settings: What to capture.
        clock: For arrival times and pauses.
        device: The device; opened again whenever it was lost.
    """

    def __init__(self, settings: Settings, clock: Clock, device: Device) -> None:
        self._settings = settings
        self._line = Line(settings, clock, device)
        self._intake = Intake(1)

    @property
    def intake(self) -> Intake:
        """What was captured and lost so far."""
        return self._intake

    async def open(self) -> SourceInfo:
        """Open the device and start capturing.

        Raises:
            SourceError: There is no such device, it refuses, or has other channels than there are names.
        """
        named = len(self._settings.speakers)
        capture = await self._line.open(self._settings.channels or (named if named > 1 else None))
        speakers = self._settings.names(capture.channels, capture.name)
        self._intake = Intake(len(speakers) or 1)
        return SourceInfo(capture.name, len(speakers) or 1, speakers, live=True)

    async def events(self) -> AsyncGenerator[Event, None]:
        """`AudioFrame`, `AudioGap` and `PartHealth` events until the source is closed."""
        async for heard in self._line.heard():
            if isinstance(heard, PartHealth):
                yield heard
                continue
            for event in self._intake.away(heard.until) if isinstance(heard, Away) else self._intake.heard(heard):
                yield event

    async def close(self) -> None:
        """End the events and let the device go."""
        await self._line.close()
