"""A webcam gives fresh pictures, says when it is lost and back, and keeps its password to itself."""

import asyncio
import time
from itertools import pairwise

import pytest

from edge.cameras.recording import Recording
from edge.cameras.webcam import Settings, Webcam, create
from model.config import refused_setting
from model.errors import SettingsError, SourceError
from realtime.clock import SystemClock
from realtime.events import Health, PartHealth, VideoFrame
from realtime.media_clock import MediaClock
from tests.fakes import FakeCamera
from tests.pictures import film, room

QUICK = {"frames_per_s": 30.0, "open_within_s": 1.0, "lost_after_s": 0.2, "first_retry_s": 0.01, "last_retry_s": 0.02}
GONE = SourceError("there is no camera /dev/video0", "Connect one")


def a_webcam(device: FakeCamera, **settings) -> Webcam:
    media_clock = MediaClock()
    media_clock.observe(100.0, SystemClock().now_s())
    return Webcam(Settings(**(QUICK | settings)), SystemClock(), media_clock, "fake camera", device.open)


async def events_of(camera: Webcam, count: int) -> list:
    events = []
    async with asyncio.timeout(5.0):
        async for event in camera.events():
            events.append(event)
            if len(events) == count:
                break
    return events


async def test_a_picture_stands_where_it_was_taken_on_the_media_clock():
    device = FakeCamera(room())
    camera = a_webcam(device)
    info = await camera.open()
    device.pictures.put(room())
    [frame] = await events_of(camera, 1)
    device.pictures.put(None)
    await camera.close()
    assert (info.name, info.width, info.height) == ("fake camera", 320, 240)
    assert frame.time_s == pytest.approx(100.0, abs=0.5)
    assert abs(frame.arrived_at - SystemClock().now_s()) < 0.5


async def test_only_the_wanted_pictures_are_decoded_and_the_rest_is_grabbed():
    class Fast(FakeCamera):
        grabbed = decoded = 0

        def grab(self):
            time.sleep(0.002)
            self.grabbed += 1
            return True

        def retrieve(self):
            self.decoded += 1
            return True, room()

    device = Fast()
    camera = a_webcam(device, frames_per_s=10.0)
    await camera.open()
    frames = await events_of(camera, 3)
    await camera.close()
    gaps = [later.time_s - earlier.time_s for earlier, later in pairwise(frames)]
    assert gaps == pytest.approx([0.1, 0.1], abs=0.05)
    assert device.decoded <= 6 < device.grabbed
    assert device.released == 1


async def test_an_unplugged_camera_is_reported_tried_again_and_back():
    device = FakeCamera(room())
    camera = a_webcam(device)
    await camera.open()
    device.refusals = [GONE, GONE]
    device.pictures.put(None)
    device.pictures.put(room())
    lost, back, frame = await events_of(camera, 3)
    device.pictures.put(None)
    await camera.close()
    assert (lost.part, lost.health) == ("webcam", Health.OFFLINE)
    assert lost.reason == "fake camera: it gives no more pictures"
    assert back == PartHealth("webcam", Health.ONLINE, "fake camera is back")
    assert isinstance(frame, VideoFrame)
    assert device.opened == 4


async def test_a_camera_that_freezes_is_lost():
    device = FakeCamera(room())
    camera = a_webcam(device)
    await camera.open()
    [lost] = await events_of(camera, 1)
    assert lost.reason == "fake camera: it gave no picture for 0.2 s"
    device.pictures.put(None)
    await camera.close()


async def test_while_one_try_hangs_no_other_is_begun():
    device = FakeCamera(room())
    camera = a_webcam(device)
    await camera.open()
    watching = asyncio.create_task(events_of(camera, 3))
    await asyncio.sleep(1.2)  # frozen: lost, and the thread is still in the driver
    assert device.opened == 1
    device.pictures.put(None)
    device.pictures.put(room())
    lost, back, _ = await watching
    assert (lost.health, back.health) == (Health.OFFLINE, Health.ONLINE)
    assert device.opened == 2
    device.pictures.put(None)
    await camera.close()


async def test_closing_ends_the_events_of_a_camera_that_hangs():
    device = FakeCamera(room())
    camera = a_webcam(device, lost_after_s=30.0)
    await camera.open()
    watching = asyncio.create_task(events_of(camera, 1))
    await asyncio.sleep(0.1)
    await camera.close()
    assert await asyncio.wait_for(watching, 1.0) == []
    device.pictures.put(None)


async def test_a_camera_that_is_not_there_at_the_start_is_an_error():
    device = FakeCamera()
    device.refusals = [GONE]
    with pytest.raises(SourceError, match=r"there is no camera /dev/video0\. Connect one"):
        await a_webcam(device).open()


async def test_a_camera_that_never_answers_holds_up_neither_start_nor_stop():
    device = FakeCamera()
    camera = a_webcam(device, open_within_s=0.1)
    began_at = time.monotonic()
    with pytest.raises(SourceError, match=r"it gave no picture for 0\.1 s"):
        await camera.open()
    await camera.close()
    assert time.monotonic() - began_at < 2.0
    device.pictures.put(None)


async def test_large_pictures_are_scaled_down():
    device = FakeCamera(room(1280, 720))
    camera = a_webcam(device)
    assert (await camera.open()).width == 640
    device.pictures.put(None)
    await camera.close()


async def test_a_file_in_its_place_is_played(tmp_path):
    path = film(tmp_path / "film.mp4", [room()] * 3)
    camera = create(Settings(device=str(path)), SystemClock(), MediaClock())
    assert isinstance(camera, Recording)
    assert (await camera.open()).name == "film.mp4"
    await camera.close()


@pytest.mark.parametrize("device", ["0", 0])
def test_a_number_may_come_from_the_environment(device):
    assert Settings(device=device).device == 0


def test_a_password_is_taken_out_of_the_address():
    settings = Settings(device="rtsp://ann:hush%40me@camera.local:554/stream?channel=1")
    assert settings.device == "rtsp://camera.local:554/stream?channel=1"
    assert settings.username == "ann"
    assert settings.password.get_secret_value() == "hush@me"
    assert "hush" not in f"{settings!r} {settings}"


def test_a_user_in_the_address_and_the_password_apart():
    settings = Settings(device="rtsp://ann@camera.local/stream", password="hush")
    assert (settings.device, settings.username) == ("rtsp://camera.local/stream", "ann")
    assert settings.password.get_secret_value() == "hush"


@pytest.mark.parametrize(
    "device", ["ftp://ann:secret@host/x", "http://ann:secret@[bad", "http://", "http://a:secret@h:99999/"]
)
def test_a_bad_address_is_refused_without_showing_it(device):
    with pytest.raises(SettingsError) as refused:
        Settings(device=device)
    assert "secret" not in str(refused.value)
    assert "rtsp://" in str(refused.value)


def test_a_negative_number_is_refused():
    with pytest.raises(ValueError, match="0 or more") as refused:
        Settings(device=-1)
    assert "camera.device" in str(refused_setting(refused.value, Settings, within="camera"))


@pytest.mark.parametrize("device", [63, "/dev/no-such-camera"])
async def test_what_is_not_there_is_named(device):
    camera = create(Settings(device=device), SystemClock(), MediaClock())
    with pytest.raises(SourceError, match=r"there is no camera /dev/.*undertone devices"):
        await camera.open()
