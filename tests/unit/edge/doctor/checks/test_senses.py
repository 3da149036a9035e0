"""Sound and camera: which of those there are is meant, and whether it is any good."""

import asyncio

import numpy as np
import pytest

from edge.devices.listing import Camera, Microphone, SoundServerSource
from edge.doctor.check import State
from edge.doctor.checks.camera import CameraCheck, judged, present
from edge.doctor.checks.sound import SoundCheck, choose, judge, monitor, named
from edge.doctor.listening import Heard, listen, measure
from edge.settings import AppSettings
from realtime.parts import PartChoice
from tests.fakes import FakeDevice, ManualClock


def microphone(number, name, default=False):
    return Microphone(name=name, setting="", number=number, channels=2, rate_hz=44100, default=default)


DESK, ROOM, USB = microphone(1, "Desk Mic", default=True), microphone(4, "Room Mic"), microphone(5, "Room Mic USB")
NOWHERE = [microphone(1, "pulse")]


@pytest.mark.parametrize(
    "device, words",
    [
        (None, "Desk Mic"),
        (4, "Room Mic"),
        ("desk", "Desk Mic"),
        ("Mic usb", "Room Mic USB"),
        ("room mic", "Room Mic"),
    ],
)
def test_a_microphone_is_chosen_as_portaudio_does(device, words):
    finding = choose([DESK, ROOM, USB], device)
    assert finding.state is State.OK
    assert finding.what.startswith(f"{words}: ")


@pytest.mark.parametrize(
    "known, device, words",
    [
        (NOWHERE, None, "no microphone is the default one"),
        ([DESK, ROOM], 7, "there is no microphone 7; there are 1: Desk Mic; 4: Room Mic"),
        ([DESK, ROOM], "car", "no microphones are called 'car'"),
        ([DESK, ROOM, USB], "mic", "3 microphones are called 'mic'"),
    ],
)
def test_a_microphone_that_is_not_there_is_a_problem(known, device, words):
    finding = choose(known, device)
    assert finding.state is State.PROBLEM
    assert finding.what.startswith(words)
    assert "UNDERTONE_SOURCE__DEVICE" in finding.remedy


@pytest.mark.parametrize(
    "heard, states",
    [
        (Heard(1.0, 0.3, 0.02, 0.0), ["ok"]),
        (Heard(0.1, 0.3, 0.02, 0.0), ["problem"]),
        (Heard(1.0, 0.0, 0.0, 0.0), ["problem"]),
        (Heard(1.0, 0.001, 0.0005, 0.0), ["warning"]),
        (Heard(1.0, 1.0, 0.6, 0.2), ["warning"]),
    ],
)
def test_a_second_of_sound_is_judged(heard, states):
    assert [finding.state.value for finding in judge(heard)] == states


def test_a_second_is_captured_and_the_microphone_let_go():
    device = FakeDevice(ManualClock(), rate_hz=8_000)
    wave = np.full((1, 16_000), 0.25, np.float32)
    wave[0, :800] = 1.0
    device.on_open = lambda: device.play(wave)
    heard = listen(device, None)
    assert heard.seconds >= 1.0
    assert (heard.peak, heard.clipped_share) == (1.0, pytest.approx(800 / 16_000))
    assert device.captures[0].closed


def test_a_microphone_that_ends_at_once_gives_nothing():
    device = FakeDevice(ManualClock())
    device.on_open = device.lose
    assert listen(device, None).seconds == 0.0
    assert measure(np.zeros((2, 0), np.float32), 0) == Heard(0.0, 0.0, 0.0, 0.0)


async def test_a_recording_must_be_there(tmp_path):
    path = tmp_path / "talk.wav"
    check = SoundCheck(AppSettings(source={"part": "recording", "path": str(path)}))
    [absent] = await check.look()
    assert (absent.state, absent.what) == (State.PROBLEM, f"there is no recording {path}")
    path.touch()
    [there] = await check.look()
    assert there.state is State.OK


async def test_words_that_are_there_need_no_sound():
    [finding] = await SoundCheck(AppSettings(source={"part": "captions"})).look()
    assert finding.state is State.SKIPPED


FREE = Camera(
    name="Cam", setting="UNDERTONE_CAMERA__DEVICE=0", path="/dev/video0", captures=True, width=640, height=480
)
BUSY = FREE.model_copy(update={"busy": True, "problem": "another program uses it", "remedy": "fuser -v /dev/video0"})
METADATA = FREE.model_copy(update={"captures": False})


@pytest.mark.parametrize("camera, state", [(None, "problem"), (BUSY, "problem"), (METADATA, "problem"), (FREE, "ok")])
def test_the_camera_of_the_settings(camera, state):
    assert judged("/dev/video0", camera).state.value == state


@pytest.mark.parametrize("cameras, state", [([], "skipped"), ([FREE], "skipped"), ([BUSY], "warning")])
def test_cameras_that_nobody_configured(cameras, state):
    assert present(cameras).state.value == state


def camera(**own):
    return CameraCheck(PartChoice.model_validate({"part": "webcam", **own}))


async def test_a_camera_in_the_network_answers_or_not_and_its_address_stays_secret():
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        address = f"rtsp://127.0.0.1:{server.sockets[0].getsockname()[1]}/secret-token"
        [there] = await camera(device=address).look()
    [gone] = await camera(device=address).look()
    assert (there.state, gone.state) == (State.OK, State.PROBLEM)
    assert "secret" not in there.what + gone.what + gone.remedy


async def test_cameras_that_are_files_or_not_there(tmp_path):
    film = tmp_path / "film.mp4"
    [absent] = await camera(device=str(film)).look()
    film.touch()
    [there] = await camera(device=str(film)).look()
    assert (absent.state, there.state) == (State.PROBLEM, State.OK)
    [with_the_sound] = await CameraCheck(PartChoice(part="recording")).look()
    assert with_the_sound.state is State.SKIPPED


def source(name, *, monitor=False, default=False):
    return SoundServerSource(
        name=name, setting="", description="", monitor=monitor, channels=2, rate_hz=48000, default=default
    )


SOURCES = [source("mic", default=True), source("out.monitor", monitor=True, default=True)]


def test_the_other_side_of_a_call():
    assert monitor(SOURCES, "auto").what == "the other side: out.monitor"
    assert monitor(SOURCES, "out.monitor").state is State.OK
    assert monitor(SOURCES[:1], "auto").state is State.PROBLEM
    absent = monitor(SOURCES, "hdmi.monitor")
    assert (absent.state, "there are: mic, out.monitor" in absent.what) == (State.PROBLEM, True)
    assert named(SOURCES, "mic").what == "microphone: mic"
