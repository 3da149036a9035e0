"""What every camera keeps: one test for all files in `edge/cameras`."""

import asyncio
import importlib
import inspect
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge.cameras import recording, webcam
from model.config import Config
from realtime.clock import SystemClock
from realtime.events import Event, PartHealth, VideoFrame, VideoGap
from realtime.media_clock import MediaClock
from realtime.parts import part_names
from realtime.protocols import Camera, CameraInfo
from tests.fakes import FakeCamera
from tests.pictures import film, room

PARTS = part_names("edge.cameras")


class EndlessCamera(FakeCamera):
    """Gives the same picture every hundredth of a second."""

    def grab(self) -> bool:
        time.sleep(0.01)
        return True

    def retrieve(self):
        return True, room()


def heard_so_far() -> MediaClock:
    """The clock of a room of which a minute was heard by now."""
    clock = MediaClock()
    clock.observe(60.0, SystemClock().now_s())
    return clock


def a_recording(folder: Path, media_clock: MediaClock) -> Camera:
    path = film(folder / "film.mp4", lambda number: room(seed=number))
    return recording.create(recording.Settings(path=path), SystemClock(), media_clock)


def a_webcam(_folder: Path, media_clock: MediaClock) -> Camera:
    settings = webcam.Settings(frames_per_s=30.0)
    return webcam.Webcam(settings, SystemClock(), media_clock, "fake camera", EndlessCamera().open)


MAKERS: dict[str, Callable[[Path, MediaClock], Camera]] = {"recording": a_recording, "webcam": a_webcam}


@pytest.fixture(params=PARTS)
def camera(request, tmp_path) -> Camera:
    return MAKERS[request.param](tmp_path, heard_so_far())


async def seen(camera: Camera, most: int = 5) -> list[Event]:
    events: list[Event] = []
    async for event in camera.events():
        events.append(event)
        if len(events) == most:
            break
    return events


@pytest.mark.parametrize("name", PARTS)
def test_the_file_holds_settings_and_create(name):
    module = importlib.import_module(f"edge.cameras.{name}")
    assert issubclass(module.Settings, Config)
    assert all(field.description for field in module.Settings.model_fields.values())
    assert list(inspect.signature(module.create).parameters) == ["settings", "clock", "media_clock"]


async def test_pictures_are_colour_and_follow_each_other_on_the_media_clock(camera):
    info = await camera.open()
    events = await seen(camera)
    await camera.close()
    assert isinstance(info, CameraInfo)
    assert (info.width, info.height) == (320, 240)
    assert all(isinstance(event, VideoFrame | VideoGap | PartHealth) for event in events)
    frames = [event for event in events if isinstance(event, VideoFrame)]
    assert len(frames) == 5
    assert all(frame.image.dtype == np.uint8 and frame.image.shape == (240, 320, 3) for frame in frames)
    assert all(frame.image.flags.c_contiguous for frame in frames)
    times = [frame.time_s for frame in frames]
    assert times == sorted(set(times))
    assert 0 <= times[0] < 61


async def test_before_the_first_sound_no_time_passes(tmp_path):
    for make in MAKERS.values():
        camera = make(tmp_path, MediaClock())
        await camera.open()
        waiting = asyncio.create_task(seen(camera))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await camera.close()
        assert all(event.time_s == 0.0 for event in await asyncio.wait_for(waiting, 2.0))


async def test_it_may_be_closed_before_it_was_opened_and_twice(camera):
    await camera.close()
    await camera.close()


async def test_it_may_be_closed_between_open_and_events(camera):
    await camera.open()
    await camera.close()
    assert await seen(camera) == []


async def test_closing_ends_the_events(camera):
    await camera.open()
    watching = asyncio.create_task(seen(camera, 10_000))
    await asyncio.sleep(0.05)
    await camera.close()
    await asyncio.wait_for(watching, 2.0)


@pytest.mark.parametrize("steps", range(0, 30, 5))
async def test_it_may_be_cancelled_at_any_moment(camera, steps):
    async def run():
        await camera.open()
        await seen(camera)

    task = asyncio.create_task(run())
    for _ in range(steps):
        await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await camera.close()
