"""Pictures that come later than the sound by what the setting says lie so much earlier on the media clock."""

import pytest

from edge.cameras import recording, webcam
from realtime.clock import SystemClock
from realtime.events import VideoFrame
from realtime.media_clock import MediaClock
from realtime.protocols import Camera
from tests.fakes import FakeCamera
from tests.pictures import film, room


def heard_so_far() -> MediaClock:
    """The clock of a room of which a minute was heard by now."""
    clock = MediaClock()
    clock.observe(60.0, SystemClock().now_s())
    return clock


async def frames_of(camera: Camera, count: int) -> list[VideoFrame]:
    frames = []
    await camera.open()
    async for event in camera.events():
        assert isinstance(event, VideoFrame)
        frames.append(event)
        if len(frames) == count:
            break
    await camera.close()
    return frames


@pytest.mark.parametrize(
    "offset_s, times_s",
    [(0.0, [0.0, 0.2, 0.4, 0.6, 0.8]), (0.5, [0.1, 0.3]), (-0.3, [0.3, 0.5, 0.7, 0.9, 1.1])],
)
async def test_of_a_recording(tmp_path, offset_s, times_s):
    path = film(tmp_path / "film.mp4", lambda number: room(160, 120, seed=number), length_s=1.0)
    camera = recording.create(recording.Settings(path=path, offset_s=offset_s), SystemClock(), heard_so_far())
    frames = await frames_of(camera, 99)
    assert [frame.time_s for frame in frames] == pytest.approx([*times_s, 0.96 - offset_s], abs=0.001)


@pytest.mark.parametrize("offset_s", [0.0, 0.5, -1.5])
async def test_of_a_webcam(offset_s):
    device, began_at = FakeCamera(room(), room()), SystemClock().now_s()
    settings = webcam.Settings(frames_per_s=30.0, offset_s=offset_s)
    camera = webcam.Webcam(settings, SystemClock(), heard_so_far(), "fake camera", device.open)
    [frame] = await frames_of(camera, 1)
    since_s = frame.arrived_at - began_at
    assert frame.time_s == pytest.approx(60.0 + since_s - offset_s, abs=0.1)
    device.pictures.put(None)


async def test_a_file_in_the_place_of_a_webcam_is_moved_too(tmp_path):
    path = film(tmp_path / "film.mp4", [room(160, 120)] * 10, rate=10)
    camera = webcam.create(webcam.Settings(device=str(path), offset_s=-0.25), SystemClock(), heard_so_far())
    assert (await frames_of(camera, 1))[0].time_s == pytest.approx(0.25)
