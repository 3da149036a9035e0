"""What every source keeps: one test for all files in `edge/sources`."""

import asyncio
import importlib
import inspect
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge.sources import microphone, recording
from model.config import Config
from realtime.events import AudioFrame, AudioGap, Event, PartHealth
from realtime.parts import part_names
from realtime.protocols import Source, SourceInfo
from tests.fakes import FakeDevice, ManualClock
from tests.sounds import joined, tone, write

PARTS = part_names("edge.sources")
LENGTH_S = 1.0


def a_recording(folder: Path) -> Source:
    path = write(folder / "sound.flac", [tone(440, LENGTH_S, 44_100), tone(880, LENGTH_S, 44_100)], 44_100)
    return recording.create(recording.Settings(path=path, split=True), ManualClock())


def a_microphone(_folder: Path) -> Source:
    device = FakeDevice(ManualClock(), 44_100)
    sound = np.stack([tone(440, LENGTH_S, 44_100), tone(880, LENGTH_S, 44_100)])
    device.on_open = lambda: device.play(sound)
    return microphone.Microphone(microphone.Settings(channels=2, split=True), device.clock, device)


MAKERS: dict[str, Callable[[Path], Source]] = {"recording": a_recording, "microphone": a_microphone}


@pytest.fixture(params=PARTS)
def source(request, tmp_path) -> Source:
    return MAKERS[request.param](tmp_path)


async def heard(source: Source) -> list[Event]:
    """Everything up to a second of sound, or the source's end."""
    events: list[Event] = []
    async for event in source.events():
        events.append(event)
        if isinstance(event, AudioFrame) and event.end_s > LENGTH_S - 0.02:
            break
    return events


@pytest.mark.parametrize("name", PARTS)
def test_the_file_holds_settings_and_create(name):
    module = importlib.import_module(f"edge.sources.{name}")
    assert issubclass(module.Settings, Config)
    assert all(field.description for field in module.Settings.model_fields.values())
    assert list(inspect.signature(module.create).parameters) == ["settings", "clock"]


async def test_frames_are_16_khz_float_and_follow_each_other(source):
    info = await source.open()
    events = await heard(source)
    await source.close()
    frames = [event for event in events if isinstance(event, AudioFrame)]
    assert isinstance(info, SourceInfo)
    assert (info.channels, len(info.speakers)) == (2, 2)
    assert all(isinstance(event, AudioFrame | AudioGap | PartHealth) for event in events)
    assert all(frame.samples.dtype == np.float32 and frame.samples.shape[0] == 2 for frame in frames)
    assert all(frame.samples.flags.c_contiguous for frame in frames)
    sound = joined(events)
    assert (
        np.abs(sound - np.stack([tone(440, LENGTH_S), tone(880, LENGTH_S)])[:, : sound.shape[1]])[:, 200:-200].max()
        < 5e-3
    )


async def test_frames_arrive_when_their_last_sample_is_over(source):
    await source.open()
    frames = [event for event in await heard(source) if isinstance(event, AudioFrame)]
    await source.close()
    delays_s = np.array([frame.arrived_at - frame.end_s for frame in frames])
    assert np.ptp(delays_s) < 0.002


async def test_it_may_be_closed_before_it_was_opened_and_twice(source):
    await source.close()
    await source.close()


async def test_it_may_be_closed_between_open_and_events(source):
    await source.open()
    await source.close()
    assert [event async for event in source.events()] == []


async def test_closing_ends_the_events(source):
    await source.open()
    listening = asyncio.create_task(heard(source))
    await asyncio.sleep(0)
    await source.close()
    await asyncio.wait_for(listening, 1.0)


@pytest.mark.parametrize("steps", range(0, 30, 3))
async def test_it_may_be_cancelled_at_any_moment(source, steps):
    async def run():
        await source.open()
        await heard(source)

    task = asyncio.create_task(run())
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await source.close()
