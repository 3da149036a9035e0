"""Cameras, in folders that look like /dev and /sys, with drivers that answer what a test says."""

import errno
import os

import pytest

from edge.devices.cameras import find_cameras, list_cameras
from edge.devices.v4l2 import (
    BUFFERS,
    CAPABILITY,
    CAPTURE,
    FORMAT,
    GET_FORMAT,
    HAS_DEVICE_CAPABILITIES,
    QUERY_CAPABILITIES,
    REQUEST_BUFFERS,
    Answers,
    question,
)


@pytest.fixture
def machine(tmp_path):
    """(/dev, /sys/class/video4linux) of a machine with a camera, its device for metadata, and a loopback."""
    devices, names = tmp_path / "dev", tmp_path / "video4linux"
    devices.mkdir()
    for number, name in [(0, "Desk Cam"), (1, "Desk Cam"), (10, "")]:
        (devices / f"video{number}").touch()
        if name:
            (names / f"video{number}").mkdir(parents=True)
            (names / f"video{number}" / "name").write_text(f"{name}\n")
    (devices / "video").touch()
    (devices / "video-note").touch()
    return devices, names


class Driver:
    """A video device as `ioctl` shows it."""

    def __init__(self, capabilities=CAPTURE, size=(1280, 720), busy=False):
        self.capabilities, self.size, self.busy = capabilities, size, busy
        self.asked = []
        self.files = set()

    def __call__(self, file, asked, room):
        os.fstat(file)
        self.files.add(file)
        self.asked.append((asked, bytes(room)))
        if asked == QUERY_CAPABILITIES:
            room[:] = CAPABILITY.pack(
                b"fake", b"Cam of V4L2", b"usb-1", 1, HAS_DEVICE_CAPABILITIES | 1, self.capabilities
            )
        elif asked == GET_FORMAT:
            if self.size is None:
                raise OSError(errno.EINVAL, "Invalid argument")
            room[:] = FORMAT.pack(1, *self.size)
        elif asked == REQUEST_BUFFERS and self.busy:
            raise OSError(errno.EBUSY, "Device or resource busy")


def test_the_questions_are_those_of_the_kernels_header():
    numbers = (QUERY_CAPABILITIES, GET_FORMAT, REQUEST_BUFFERS)
    sizes = (CAPABILITY.size, FORMAT.size, BUFFERS.size)
    if FORMAT.size == 208:
        assert [f"{number:x}" for number in numbers] == ["80685600", "c0d05604", "c0145608"]
    assert sizes in {(104, 208, 20), (104, 204, 20)}


def test_a_camera_says_what_it_is_and_is_closed_again(machine):
    driver = Driver()
    path = machine[0] / "video0"
    assert question(path, driver) == Answers("Cam of V4L2", captures=True, width=1280, height=720, busy=False)
    buffers = [BUFFERS.unpack(room)[0] for asked, room in driver.asked if asked == REQUEST_BUFFERS]
    assert buffers == [1, 0]
    for file in driver.files:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(file)


def test_a_device_for_metadata_is_asked_nothing_more(machine):
    driver = Driver(capabilities=0x0080_0000)
    assert question(machine[0] / "video1", driver) == Answers("Cam of V4L2", captures=False)
    assert len(driver.asked) == 1


def test_a_busy_camera_and_one_that_knows_no_size(machine):
    answers = question(machine[0] / "video0", Driver(size=None, busy=True))
    assert (answers.width, answers.height, answers.busy) == (None, None, True)


def test_cameras_are_listed_by_number_with_the_kernels_names(machine):
    answers = {"video0": Driver(), "video1": Driver(capabilities=0), "video10": Driver(busy=True)}
    desk, metadata, loopback = list_cameras(*machine, lambda path: question(path, answers[path.name]))
    assert (desk.name, desk.setting, desk.width, desk.busy, desk.problem) == (
        "Desk Cam",
        "UNDERTONE_CAMERA__DEVICE=0",
        1280,
        False,
        "",
    )
    assert (metadata.captures, metadata.width) == (False, None)
    assert (loopback.name, loopback.busy, loopback.remedy) == (
        "Cam of V4L2",
        True,
        f"Close that program: fuser -v {machine[0] / 'video10'} names it",
    )


@pytest.mark.parametrize(
    "error, problem, remedy",
    [
        (PermissionError(errno.EACCES, "Permission denied"), "we may not open it", "usermod -aG video"),
        (OSError(errno.EBUSY, "busy"), "another program uses it", "fuser -v"),
        (OSError(errno.ENOTTY, "no"), "it is no video device", ""),
        (OSError(errno.EIO, "Input/output error"), "it cannot be opened: Input/output error", "Unplug"),
    ],
)
def test_what_a_device_refuses_says_what_helps(machine, error, problem, remedy):
    def refuse(_path):
        raise error

    camera = list_cameras(*machine, refuse)[0]
    assert (camera.problem, camera.captures) == (problem, None)
    assert remedy in camera.remedy


async def test_files_that_are_no_devices_are_said_to_be_none(machine):
    section = await find_cameras(20.0, *machine)
    assert [camera.problem for camera in section.devices] == ["it is no video device"] * 3


async def test_no_camera_at_all(tmp_path):
    section = await find_cameras(20.0, tmp_path / "dev", tmp_path / "names")
    assert section.devices == ()
    assert section.problem
    assert section.remedy
