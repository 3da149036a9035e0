"""What is said where a camera cannot be opened, and how one is named."""

import errno
from pathlib import Path

import cv2
import pytest

from edge.devices.v4l2 import Answers
from edge.sight.opening import device_name, is_address, name_of, open_address, open_device, with_credentials
from model.errors import SourceError

CAMERA = Path("/dev/video7")


def failing(number: int):
    def ask(_path):
        raise OSError(number, "as the kernel says it")

    return ask


@pytest.mark.parametrize(
    "ask, problem, remedy",
    [
        (failing(errno.ENOENT), "there is no camera /dev/video7", "undertone devices"),
        (failing(errno.EACCES), "we may not open the camera /dev/video7", "sudo usermod -aG video"),
        (failing(errno.EPERM), "we may not open the camera /dev/video7", "log in again"),
        (failing(errno.ENOTTY), "/dev/video7 is no camera", "v4l2-ctl --list-devices"),
        (lambda _: Answers("HD Webcam", captures=False), "HD Webcam) gives no pictures", "undertone devices"),
        (lambda _: Answers("HD Webcam", captures=True, busy=True), "is in use", "fuser -v /dev/video7"),
        (lambda _: Answers("HD Webcam", captures=True), "/dev/video7 gives no pictures", "fuser -v /dev/video7"),
    ],
)
def test_why_a_camera_cannot_be_opened_and_what_to_do(ask, problem, remedy):
    with pytest.raises(SourceError) as refused:
        open_device(CAMERA, (640, 480), ask)
    assert problem in refused.value.problem
    assert remedy in refused.value.remedy


def test_a_camera_has_its_own_name_where_it_tells_one():
    assert device_name(CAMERA, lambda _: Answers("HD Webcam", captures=True)) == "HD Webcam (/dev/video7)"
    assert device_name(CAMERA, failing(errno.EACCES)) == "/dev/video7"


@pytest.mark.parametrize(
    "device, expected",
    [("rtsp://cam/x", True), ("HTTPS://cam", True), ("ftp://cam", False), ("/dev/video0", False), ("film.mp4", False)],
)
def test_what_is_an_address(device, expected):
    assert is_address(device) is expected


def test_an_address_is_named_by_its_host_alone():
    assert name_of("rtsp://ann:hush@Camera.local:554/token/abc?pwd=hush") == "rtsp://camera.local:554"
    assert name_of("http://[::1]/x") == "http://[::1]"


def test_credentials_are_spelt_for_an_address():
    assert with_credentials("rtsp://cam:554/x", "a@b", "p/w:d") == "rtsp://a%40b:p%2Fw%3Ad@cam:554/x"
    assert with_credentials("rtsp://cam/x", "ann", None) == "rtsp://ann@cam/x"
    assert with_credentials("rtsp://cam/x", None, None) == "rtsp://cam/x"


class Stamping:
    """Stands in for `cv2.VideoCapture`: every picture was taken, or stands in its stream, at 1234.5 ms."""

    def __init__(self, *_) -> None:
        self.released = False

    def isOpened(self) -> bool:  # noqa: N802 - as OpenCV spells it
        return True

    def set(self, *_) -> bool:
        return True

    def grab(self) -> bool:
        return True

    def get(self, setting: int) -> float:
        assert setting == cv2.CAP_PROP_POS_MSEC
        return 1234.5

    def release(self) -> None:
        self.released = True


def test_a_device_says_when_a_picture_was_taken_and_an_address_does_not(monkeypatch):
    monkeypatch.setattr(cv2, "VideoCapture", Stamping)
    device = open_device(CAMERA, (640, 480), lambda _: Answers("HD Webcam", captures=True))
    address = open_address("http://camera.local/x", 1.0, 1.0)
    assert device.grab()
    assert device.stamp_s() == pytest.approx(1.2345)
    assert address.stamp_s() is None
    device.release()
    assert device._capture.released
