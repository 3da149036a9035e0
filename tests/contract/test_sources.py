"""What every source keeps: one test for all files in `edge/sources`.

A new source is one more entry in `KINDS`: how to make one that gives about a second of what the others give, too.
"""

import asyncio
import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from edge.sources import call, captions, microphone, recording
from model.config import Config
from model.errors import SourceError
from realtime.events import (
    AudioFrame,
    AudioGap,
    Event,
    Health,
    PartHealth,
    Quiet,
    SpeakerIdentified,
    Transcript,
)
from realtime.parts import part_names
from realtime.protocols import Source, SourceInfo
from tests.fakes import FakeDevice, ManualClock
from tests.sounds import joined, tone, write

PARTS = part_names("edge.sources")
LENGTH_S = 1.0
SOUND = (AudioFrame, AudioGap, PartHealth)
WORDS = (SpeakerIdentified, Transcript, Quiet, PartHealth)


@dataclass(frozen=True)
class Trial:
    """A source to be tried, and how to take its device away: it refuses twice and then plays another second."""

    source: Source
    lose: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Kind:
    """What can be asked of the sources of one file.

    Attributes:
        make: Makes one that gives `LENGTH_S` seconds: of sound, 440 Hz on its first channel and 880 Hz on its second.
        words: Whether it gives words instead.
        ends: Whether it ends by itself.
        losable: Whether it has a device that may go away.
    """

    make: Callable[[Path], Trial]
    words: bool = False
    ends: bool = False
    losable: bool = False


def a_recording(folder: Path) -> Trial:
    path = write(folder / "sound.flac", [tone(440, LENGTH_S, 44_100), tone(880, LENGTH_S, 44_100)], 44_100)
    return Trial(recording.create(recording.Settings(path=path, split=True), ManualClock()))


def a_microphone(_folder: Path) -> Trial:
    device = FakeDevice(ManualClock(), 44_100)
    sound = np.stack([tone(440, LENGTH_S, 44_100), tone(880, LENGTH_S, 44_100)])
    device.on_open = lambda: device.play(sound)

    def lose() -> None:
        device.refusals = [SourceError("there is no microphone", "Connect one")] * 2
        device.lose()

    return Trial(microphone.Microphone(microphone.Settings(channels=2, split=True), device.clock, device), lose)


def a_call(_folder: Path) -> Trial:
    clock = ManualClock()
    here, there = FakeDevice(clock, 16_000), FakeDevice(clock, 16_000)
    blocks = list(zip(*(np.split(tone(hz, LENGTH_S)[None], 50, axis=1) for hz in (440, 880)), strict=True))

    def play() -> None:
        for ours, theirs in blocks:
            clock.advance(LENGTH_S / len(blocks))
            here.deliver(ours)
            there.deliver(theirs)

    def lose() -> None:
        here.refusals = [SourceError("there is no microphone", "Connect one")] * 2
        here.lose()

    here.on_open = play  # it is opened last
    return Trial(call.Call(call.Settings(), clock, here, there), lose)


def some_captions(folder: Path) -> Trial:
    path = folder / "meeting.vtt"
    path.write_text("WEBVTT\n\n00:00.100 --> 00:00.500\n<v Ann>Yes.\n\n00:00.600 --> 00:01.000\nAnd then?\n")
    return Trial(captions.create(captions.Settings(path=path), ManualClock()))


KINDS = {
    "call": Kind(a_call, losable=True),
    "captions": Kind(some_captions, words=True, ends=True),
    "recording": Kind(a_recording, ends=True),
    "microphone": Kind(a_microphone, losable=True),
}
SOUNDING = [name for name, kind in KINDS.items() if not kind.words]
ENDING = [name for name, kind in KINDS.items() if kind.ends]
LOSABLE = [name for name, kind in KINDS.items() if kind.losable]


@pytest.fixture
def trial(request, tmp_path) -> Trial:
    return KINDS[request.param].make(tmp_path)


every_source = pytest.mark.parametrize("trial", PARTS, indirect=True)
every_sound = pytest.mark.parametrize("trial", SOUNDING, indirect=True)
every_end = pytest.mark.parametrize("trial", ENDING, indirect=True)
every_loss = pytest.mark.parametrize("trial", LOSABLE, indirect=True)


async def heard(source: Source) -> list[Event]:
    """Everything up to a second of media time, or the source's end."""
    events: list[Event] = []
    async for event in source.events():
        events.append(event)
        if isinstance(event, AudioFrame | Transcript) and event.end_s > LENGTH_S - 0.02:
            break
    return events


async def lost_and_found(trial: Trial) -> list[Event]:
    """Everything up to the first sound after the device was taken away and came back."""
    events: list[Event] = []
    async for event in trial.source.events():
        events.append(event)
        if len(events) == 1:
            trial.lose()
        if isinstance(event, AudioFrame) and Health.ONLINE in healths(events):
            break
    return events


def healths(events: list[Event]) -> list[Health]:
    return [event.health for event in events if isinstance(event, PartHealth)]


def delays_s(events: list[Event]) -> np.ndarray:
    return np.array([event.arrived_at - event.end_s for event in events if isinstance(event, AudioFrame)])


@pytest.mark.parametrize("name", PARTS)
def test_the_file_holds_settings_and_create(name):
    module = importlib.import_module(f"edge.sources.{name}")
    assert issubclass(module.Settings, Config)
    assert all(field.description for field in module.Settings.model_fields.values())
    assert list(inspect.signature(module.create).parameters) == ["settings", "clock"]


@pytest.mark.parametrize("name", PARTS)
async def test_what_starts_is_what_was_promised_in_order(name, tmp_path):
    kind = KINDS[name]
    source = kind.make(tmp_path).source
    info = await source.open()
    events = await heard(source)
    await source.close()
    times = [event.start_s for event in events if isinstance(event, AudioFrame | Transcript)]
    assert isinstance(info, SourceInfo)
    assert info.name
    assert info.words == kind.words
    assert (info.channels == 0) == kind.words
    assert times
    assert times == sorted(times)
    assert all(isinstance(event, WORDS if kind.words else SOUND) for event in events)


@every_sound
async def test_frames_are_16_khz_float_and_follow_each_other(trial):
    info = await trial.source.open()
    events = await heard(trial.source)
    await trial.source.close()
    frames = [event for event in events if isinstance(event, AudioFrame)]
    assert (info.channels, len(info.speakers)) == (2, 2)
    assert all(frame.samples.dtype == np.float32 and frame.samples.shape[0] == 2 for frame in frames)
    assert all(frame.samples.flags.c_contiguous for frame in frames)
    sound = joined(events)
    assert (
        np.abs(sound - np.stack([tone(440, LENGTH_S), tone(880, LENGTH_S)])[:, : sound.shape[1]])[:, 200:-200].max()
        < 5e-3
    )


@every_sound
async def test_frames_arrive_when_their_last_sample_is_over(trial):
    await trial.source.open()
    events = await heard(trial.source)
    await trial.source.close()
    assert np.ptp(delays_s(events)) < 0.002


@every_end
async def test_what_ends_ends_by_itself_and_stays_so(trial):
    await trial.source.open()
    events = await asyncio.wait_for(_all(trial.source), 5.0)
    assert events
    assert not healths(events)
    await trial.source.close()
    assert await _all(trial.source) == []


@every_loss
async def test_what_is_lost_is_said_once_and_comes_back_at_the_right_time(trial):
    await trial.source.open()
    events = await asyncio.wait_for(lost_and_found(trial), 5.0)
    await trial.source.close()
    assert healths(events) == [Health.OFFLINE, Health.ONLINE]
    assert all(event.reason for event in events if isinstance(event, PartHealth))
    assert {event.part for event in events if isinstance(event, PartHealth)} == {"microphone"}
    assert joined(events).shape[1] > LENGTH_S * 16_000  # without a hole in media time
    assert np.ptp(delays_s(events)) < 0.03


@every_loss
async def test_closing_ends_the_events_while_it_is_lost(trial):
    await trial.source.open()
    async for event in trial.source.events():
        if isinstance(event, PartHealth):
            await trial.source.close()
        trial.lose()
    await trial.source.close()


@every_source
async def test_it_may_be_closed_before_it_was_opened_and_twice(trial):
    await trial.source.close()
    await trial.source.close()


@every_source
async def test_it_may_be_closed_between_open_and_events(trial):
    await trial.source.open()
    await trial.source.close()
    assert await _all(trial.source) == []


@every_source
async def test_closing_ends_the_events(trial):
    await trial.source.open()
    listening = asyncio.create_task(heard(trial.source))
    await asyncio.sleep(0)
    await trial.source.close()
    await asyncio.wait_for(listening, 1.0)


@every_source
@pytest.mark.parametrize("steps", range(0, 30, 3))
@pytest.mark.parametrize("lost", [False, True])
async def test_it_may_be_cancelled_at_any_moment(trial, steps, lost):
    async def run():
        await trial.source.open()
        if lost:
            trial.lose()
        await heard(trial.source)

    task = asyncio.create_task(run())
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await trial.source.close()


async def _all(source: Source) -> list[Event]:
    return [event async for event in source.events()]
