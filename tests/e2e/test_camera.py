"""A camera beside the sound: each utterance says how a face was seen, and why none was."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from edge.brokers.embedded import EmbeddedBroker, Settings
from edge.demo.script import RECORDING_PATH
from edge.rehearsal import rehearse
from edge.settings import AppSettings
from edge.sound.decoder import Decoder
from edge.watch.subscriber import Received
from model.errors import UsageError
from realtime.parts import PartChoice
from tests.mjpeg import network_camera
from tests.pictures import face, film, room
from tests.running_node import end, start

CAPTIONS = """WEBVTT

00:00:01.000 --> 00:00:03.000
<v Ann>We got the house!

00:00:06.000 --> 00:00:08.000
<v Bob>That is wonderful.

00:00:11.000 --> 00:00:13.000
<v Ann>Who put out the light?

00:00:16.000 --> 00:00:18.000
<v Bob>Look at both of us.

00:00:23.000 --> 00:00:24.000
<v Ann>The film is over.
"""
WHO_SPEAKS = "2 faces in view, and it is not known which of them speaks"


def scene(number: int) -> np.ndarray:
    """Five seconds each, ten pictures a second: somebody, nobody, darkness, and two people."""
    match number // 50:
        case 0:
            return face(room(), (120 + number % 50, 120), 90)
        case 1:
            return room()
        case 2:
            return np.zeros((240, 320, 3), np.uint8)
        case _:
            return face(face(room(), (80, 120), 80), (240, 120), 70)


def spoken(length_s: float) -> np.ndarray:
    """(T,) the beginning of the demo on one channel."""
    decoder = Decoder(RECORDING_PATH)
    pieces, samples = [], 0
    for piece in decoder.pieces():
        pieces.append(piece.sum(axis=0))
        samples += pieces[-1].size
        if samples >= length_s * 16_000:
            break
    decoder.close()
    return np.concatenate(pieces)[: round(length_s * 16_000)]


async def published(source: dict, camera: dict) -> tuple[list[Received], object]:
    """What a subscriber gets, and the report of the run."""
    settings = AppSettings(
        source=PartChoice.model_validate(source),
        camera=PartChoice.model_validate(camera),
        transcriber=PartChoice(part="pocketsphinx"),
    )
    messages: list[Received] = []

    async def ready(_: object) -> None:
        return

    report = await rehearse(settings, EmbeddedBroker(Settings(port=0, websocket_port=None)), messages.append, ready)
    return messages, report


def seen(messages: list[Received]) -> list[dict]:
    """Of each utterance, what is said of the video."""
    return [message.payload["modalities"]["video"] for message in messages if message.place.subject == "emotion"]


@pytest.fixture
def meeting(tmp_path) -> tuple[Path, Path]:
    captions = tmp_path / "meeting.vtt"
    captions.write_text(CAPTIONS, encoding="utf-8")
    return captions, film(tmp_path / "meeting.mp4", scene, rate=10, length_s=20.0)


async def test_each_utterance_says_what_was_seen_and_why_not_more(meeting):
    captions, pictures = meeting
    messages, report = await published(
        {"part": "captions", "path": str(captions), "fast": True}, {"part": "recording", "path": str(pictures)}
    )
    one, nobody, dark, two, over = seen(messages)
    assert (one["used"], one["reason"], one["face"]["faces"]) == (True, "", 1)
    assert one["face"]["seen_share"] == pytest.approx(1.0, abs=0.01)
    assert one["face"]["seen_s"] == pytest.approx(2.0, abs=0.02)
    assert one["face"]["width_px"] == pytest.approx(115, abs=15)
    assert one["quality"] > 0.9
    assert (nobody["reason"], nobody["face"]["seen"], nobody["quality"]) == ("nobody in view", False, 0.0)
    assert dark["reason"] == "the camera sees nothing: it is covered, or the room is dark"
    assert (two["used"], two["reason"], two["face"]["faces"]) == (False, WHO_SPEAKS, 2)
    assert not any(video["used"] for video in (nobody, dark, over))
    assert over["reason"] == "there is no picture of this stretch"
    assert (report.steps["face"].counters.processed, report.steps["face"].dropped) == (pytest.approx(100, abs=2), 0)


async def test_nothing_of_a_picture_is_published(meeting):
    captions, pictures = meeting
    messages, _ = await published(
        {"part": "captions", "path": str(captions), "fast": True}, {"part": "recording", "path": str(pictures)}
    )
    health = {m.place.subject: m.payload["health"] for m in messages if m.place.subject.startswith("health/")}
    assert health["health/webcam"] == health["health/face"] == "online"
    assert all(set(video) == {"used", "quality", "reason", "face"} for video in seen(messages))
    texts = [message.payload["modalities"]["text"] for message in messages if message.place.subject == "emotion"]
    assert all("face" not in text for text in texts)


async def test_a_recording_with_pictures_as_fast_as_it_goes(tmp_path):
    path = film(tmp_path / "talk.mkv", lambda n: face(room(), (160, 120), 90), rate=10, length_s=9.0, sound=spoken(9.0))
    messages, report = await published({"part": "recording", "path": str(path), "fast": True}, {"part": "recording"})
    videos = seen(messages)
    assert len(videos) >= 2
    assert all(video["used"] and video["face"]["seen_share"] > 0.95 for video in videos)
    assert report.steps["face"].dropped == 0


@pytest.mark.slow
async def test_a_camera_in_the_network_beside_a_recording_at_its_own_speed(tmp_path):
    path = film(tmp_path / "talk.mkv", lambda _: room(), rate=1, length_s=9.0, sound=spoken(9.0))
    with network_camera(face(room(), (160, 120), 90)) as server:
        messages, report = await published(
            {"part": "recording", "path": str(path)}, {"part": "webcam", "device": server.url}
        )
    videos = seen(messages)
    assert len(videos) >= 2
    assert all(video["face"]["seen_share"] > 0.8 for video in videos[1:])
    pictures = report.steps["face"]
    assert pictures.counters.processed + pictures.dropped >= 33  # and more while the last words are worked off


async def test_a_camera_that_vanishes_leaves_the_sound_alone(tmp_path):
    path = film(tmp_path / "talk.mkv", lambda _: room(), rate=1, length_s=9.0, sound=spoken(9.0))

    async def unplug(camera) -> None:
        await asyncio.sleep(3.0)
        camera.over.set()
        camera.shutdown()
        camera.server_close()

    with network_camera(face(room(), (160, 120), 90)) as server:
        unplugging = asyncio.create_task(unplug(server))
        messages, _ = await published(
            {"part": "recording", "path": str(path)},
            {"part": "webcam", "device": server.url, "lost_after_s": 0.5},
        )
        await unplugging
    health = [m.payload["health"] for m in messages if m.place.subject == "health/webcam"]
    assert health == ["online", "offline"]
    assert seen(messages)[-1]["reason"] == "the camera is away"


@pytest.mark.parametrize(
    "camera, fast, said",
    [
        ({"part": "webcam", "device": "/dev/no-such-camera"}, False, "there is no camera /dev/no-such-camera"),
        ({"part": "recording"}, False, "has no pictures"),
        ({"part": "webcam"}, True, "needs sound as it is spoken"),
    ],
)
async def test_a_camera_that_cannot_be_had_ends_the_start(camera, fast, said):
    with pytest.raises(UsageError, match=said) as refused:
        await published({"part": "recording", "path": str(RECORDING_PATH), "fast": fast}, camera)
    assert refused.value.remedy


async def test_the_command_line_says_it_in_one_line_and_no_password():
    ports = {"UNDERTONE_BROKER__PORT": "0", "UNDERTONE_BROKER__WEBSOCKET_PORT": "null"}
    process = await start("run", str(RECORDING_PATH), "--camera", "rtsp://ann:hush@127.0.0.1:1/x", **ports)
    try:
        assert process.stderr is not None
        written = await asyncio.wait_for(process.stderr.read(), 90)
        assert await process.wait() == 2
    finally:
        await end(process)
    assert written.count(b"\n") == 1
    assert b"the camera at rtsp://127.0.0.1:1 cannot be reached" in written
    assert b"hush" not in written
