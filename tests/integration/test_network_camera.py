"""A camera in the network, by OpenCV and FFmpeg: it answers, hangs, refuses, dies and comes back."""

import asyncio
import socket
import time
from contextlib import contextmanager

import pytest

from edge.cameras.webcam import Settings, create
from model.errors import SourceError
from realtime.clock import SystemClock
from realtime.events import Health, PartHealth, VideoFrame
from realtime.media_clock import MediaClock
from tests.mjpeg import network_camera
from tests.pictures import room

QUICK = {"open_within_s": 3.0, "lost_after_s": 0.5, "first_retry_s": 0.05, "last_retry_s": 0.1, "frames_per_s": 10.0}


def a_camera(url: str, **settings):
    media_clock = MediaClock()
    media_clock.observe(0.0, SystemClock().now_s())
    return create(Settings(device=url, **(QUICK | settings)), SystemClock(), media_clock)


async def events_of(camera, count: int, within_s: float = 15.0) -> list:
    events = []
    async with asyncio.timeout(within_s):
        async for event in camera.events():
            events.append(event)
            if len(events) == count:
                break
    return events


async def test_pictures_come_at_the_wanted_rate():
    with network_camera(room()) as server:
        camera = a_camera(server.url)
        info = await camera.open()
        frames = await events_of(camera, 6)
        await camera.close()
    assert (info.name, info.width, info.height) == (f"http://127.0.0.1:{server.port}", 320, 240)
    assert all(isinstance(frame, VideoFrame) for frame in frames)
    assert abs(frames[0].image.astype(int) - room()).mean() < 10
    assert frames[-1].time_s - frames[0].time_s == pytest.approx(0.5, abs=0.2)


async def test_user_and_password_reach_the_camera_and_nobody_else(capfd, caplog):
    with network_camera(room()) as server:
        server.credentials = "ann:hush!"
        camera = a_camera(server.url.replace("//", "//ann:hush%21@"))
        info = await camera.open()
        await camera.close()
        with pytest.raises(SourceError, match="its user and its password"):
            await a_camera(server.url.replace("//", "//ann:hush@")).open()
    assert "hush" not in info.name + caplog.text + "".join(capfd.readouterr())


async def test_a_camera_that_dies_and_comes_back(capfd, caplog):
    with network_camera(room()) as server:
        camera = a_camera(server.url.replace("//", "//ann:hush@"))
        await camera.open()
        await events_of(camera, 2)
        port = server.port
    watching = asyncio.create_task(events_of(camera, 8))
    await asyncio.sleep(0.8)
    with network_camera(room(), port):
        events = await watching
        await camera.close()
    changes = [event for event in events if isinstance(event, PartHealth)]
    assert [change.health for change in changes] == [Health.OFFLINE, Health.ONLINE]
    assert changes[0].reason.startswith(f"http://127.0.0.1:{port}: it gives no more pictures")
    assert isinstance(events[-1], VideoFrame)
    written = "".join(change.reason for change in changes) + caplog.text + "".join(capfd.readouterr())
    assert "hush" not in written


async def test_one_that_freezes_in_mid_stream_is_lost_and_nobody_waits_for_it():
    with network_camera(room()) as server:
        camera = a_camera(server.url)
        await camera.open()
        await events_of(camera, 2)
        server.frozen = True
        lost = (await events_of(camera, 1))[0]
        while not isinstance(lost, PartHealth):
            lost = (await events_of(camera, 1))[0]
        began_at = time.monotonic()
        await camera.close()
        assert time.monotonic() - began_at < 1.5
    assert lost.health is Health.OFFLINE


async def test_one_that_hangs_holds_up_neither_start_nor_stop():
    with network_camera(room()) as server:
        server.hangs = True
        camera = a_camera(server.url, open_within_s=0.5)
        began_at = time.monotonic()
        with pytest.raises(SourceError, match="Check that it is on"):
            await camera.open()
        await camera.close()
        assert time.monotonic() - began_at < 2.5


@contextmanager
def a_port_that_says_nothing():
    """Takes no connection at all: the queue of those that wait is full, as behind a firewall that swallows packets."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        with socket.socket() as one, socket.socket() as two:
            for waiting in (one, two):
                waiting.setblocking(False)
                waiting.connect_ex(listening.getsockname())
            yield listening.getsockname()[1]


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
async def test_an_address_that_swallows_everything(scheme):
    with a_port_that_says_nothing() as port:
        camera = a_camera(f"{scheme}://127.0.0.1:{port}/x", open_within_s=0.5)
        began_at = time.monotonic()
        with pytest.raises(SourceError):
            await camera.open()
        await camera.close()
        assert time.monotonic() - began_at < 2.5


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
async def test_nobody_at_the_address(scheme, capfd):
    camera = a_camera(f"{scheme}://ann:hush@127.0.0.1:1/x")
    with pytest.raises(SourceError, match=rf"the camera at {scheme}://127.0.0.1:1 cannot be reached") as refused:
        await camera.open()
    await camera.close()
    assert "hush" not in str(refused.value) + "".join(capfd.readouterr())
