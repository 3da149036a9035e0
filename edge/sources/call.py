"""A call as a source: the microphone hears us, and what the sound card plays is the other side."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from edge.sound.capture import Block, Device
from edge.sound.channels import Name
from edge.sound.echo import EchoGate
from edge.sound.line import Line, LineSettings
from edge.sound.merger import Merger
from edge.sound.portaudio import PortAudioDevice, load_portaudio
from edge.sound.pulse import AUTO, DefaultMonitor, PulseDevice, require_tools
from edge.sources import microphone
from model.config import listed
from realtime.clock import Clock
from realtime.events import AudioFrame, AudioGap, Event, Health, PartHealth
from realtime.protocols import SourceInfo

_LOCAL, _REMOTE = "the microphone", "what the sound card plays"
_PART = "microphone"
_REMOTE_BLOCK_S = 0.02  # the microphone waits for it
_TICK_S = 0.02
_HELD_S = 2.0  # sound that may wait here; more waits in the lines, which know how to drop it


class Settings(LineSettings):
    """What hears either side, and who they are."""

    speakers: Annotated[tuple[Name, Name], BeforeValidator(listed)] = Field(
        default=("local", "remote"), description="Who speaks here, and who speaks out of the sound card."
    )
    device: int | str | None = Field(
        default=None, description="Number of the microphone, or a part of its name; null: the system's default."
    )
    local: str | None = Field(
        default=None,
        min_length=1,
        description="The microphone as a source of PulseAudio or PipeWire; null: `device`, through PortAudio.",
    )
    remote: str = Field(
        default=AUTO,
        min_length=1,
        description="The source that hears what the sound card plays; auto: the monitor of the default output.",
    )
    echo_gate: bool = Field(
        default=False,
        description="Without headphones: silence the microphone where it hears nothing but the other side's echo.",
    )

    @model_validator(mode="after")
    def _two_people(self) -> Self:
        if self.speakers[0] == self.speakers[1]:
            raise ValueError("both sides have the same speaker; each needs a name of its own")
        return self


def create(settings: Settings, clock: Clock) -> "Call":
    """The source for these settings; nothing is opened yet.

    Raises:
        PartMissingError: PortAudio, or the programs that record what the sound card plays, are not installed.
    """
    require_tools()
    local: Device
    remote: Device
    if settings.local is not None:
        local = PulseDevice(settings.local, settings.block_s)
    else:
        local = PortAudioDevice(load_portaudio(), settings.device, settings.block_s, settings.latency_s)
    if settings.remote == AUTO:
        remote = DefaultMonitor(_REMOTE_BLOCK_S)
    else:
        remote = PulseDevice(settings.remote, _REMOTE_BLOCK_S)
    return Call(settings, clock, local, remote)


class Call:
    """Two devices as two channels on the media clock of the first, the microphone.

    Where the sound card plays nothing, the second channel is silent. Either side may be lost and come back while the
    other goes on; only sound that both lack is a gap.

    Args:
        settings: Who speaks where, and how patient to be.
        clock: For arrival times and pauses.
        local: The microphone.
        remote: What the sound card plays, mixed to one channel at 16 kHz.
    """

    def __init__(self, settings: Settings, clock: Clock, local: Device, remote: Device) -> None:
        shared = settings.model_dump(include=set(LineSettings.model_fields))
        self._speakers = settings.speakers
        self._clock = clock
        self._microphone = microphone.Microphone(microphone.Settings(**shared), clock, local)
        self._monitor = Line(settings, clock, remote, may_be_silent=True)
        self._merger = Merger()
        self._gate = EchoGate() if settings.echo_gate else None
        self._lost: dict[str, str] = {}
        self._said: deque[PartHealth] = deque()
        self._heard, self._taken = asyncio.Event(), asyncio.Event()
        self._listening: list[asyncio.Task[None]] = []
        self._closed = False

    async def open(self) -> SourceInfo:
        """Open both devices and start capturing.

        Raises:
            SourceError: One of them is not there, or refuses.
        """
        monitor = await self._monitor.open()
        local = await self._microphone.open()
        if not self._closed:
            listening = (self._hear_microphone(), self._hear_monitor())
            self._listening = [asyncio.create_task(side, name="one side of the call") for side in listening]
        return SourceInfo(f"{local.name} and {monitor.name}", 2, self._speakers, live=True)

    async def events(self) -> AsyncGenerator[Event, None]:
        """`AudioFrame` events of two channels, `AudioGap` and `PartHealth` until the source is closed."""
        while not self._closed:
            self._heard.clear()
            while self._said:
                yield self._said.popleft()
            for event in self._merger.due(self._clock.now_s()):
                yield self._gate.passed(event) if self._gate and isinstance(event, AudioFrame) else event
            self._taken.set()
            await self._more()

    async def close(self) -> None:
        """End the events and let both devices go."""
        self._closed = True
        await self._microphone.close()
        await self._monitor.close()
        for task in self._listening:
            task.cancel()
        if self._listening:
            await asyncio.wait(self._listening)
        self._heard.set()

    async def _more(self) -> None:
        """Return when something was heard, or sound may have waited long enough. Raises what a side failed with."""
        try:
            async with asyncio.timeout(_TICK_S):
                await self._heard.wait()
        except TimeoutError:
            pass
        for task in self._listening:
            if task.done() and not task.cancelled():
                task.result()

    async def _hear_microphone(self) -> None:
        async with aclosing(self._microphone.events()) as events:
            async for event in events:
                if isinstance(event, AudioFrame | AudioGap):
                    while self._merger.first_held_s > _HELD_S:
                        await self._next_taken()
                    self._merger.first(event)
                elif isinstance(event, PartHealth):
                    self._note(_LOCAL, event)
                    self._merger.first_is_away(self._lost.get(_LOCAL, ""))
                self._heard.set()

    async def _hear_monitor(self) -> None:
        async with aclosing(self._monitor.heard()) as events:
            async for event in events:
                if isinstance(event, Block):
                    while self._merger.second_held_s > _HELD_S or not self._merger.begun:
                        await self._next_taken()
                    self._merger.second(event.samples[0], event.arrived_at)
                elif isinstance(event, PartHealth):
                    self._note(_REMOTE, event)
                self._heard.set()

    async def _next_taken(self) -> None:
        """Return when what is complete was taken again."""
        self._taken.clear()
        await self._taken.wait()

    def _note(self, side: str, event: PartHealth) -> None:
        """Say how the two sides are doing together: as long as either is lost, which."""
        if event.health is Health.OFFLINE:
            self._lost[side] = f"{side}: {event.reason}"
        else:
            self._lost.pop(side, None)
        if self._lost:
            self._said.append(PartHealth(_PART, Health.OFFLINE, "; ".join(self._lost.values())))
        else:
            self._said.append(PartHealth(_PART, Health.ONLINE, f"{side}: {event.reason}"))
