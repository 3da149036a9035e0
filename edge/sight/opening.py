"""Opening a camera with OpenCV: what to say where that fails, and how to name it without its password."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast
from urllib.parse import quote, urlsplit

import cv2

from edge.devices.v4l2 import Answers, question
from edge.sight.grabber import Capture, Image
from model.errors import SourceError

SCHEMES: Final = ("rtsp", "rtsps", "rtmp", "http", "https")
"""Of addresses that FFmpeg reads pictures from."""

_LIST: Final = "List the cameras: undertone devices (or v4l2-ctl --list-devices, from apt-get install v4l-utils)"


class _Opened:
    """A camera that OpenCV has open.

    Args:
        capture: The `cv2.VideoCapture`.
        stamped: Whether its position is the time at which the driver says that the picture was taken. V4L2 gives that
            of the buffer; of an address there is only the position in a stream that began nobody knows when.
    """

    def __init__(self, capture: cv2.VideoCapture, *, stamped: bool) -> None:
        self._capture = capture
        self._stamped = stamped

    def grab(self) -> bool:
        return self._capture.grab()

    def retrieve(self) -> tuple[bool, Image]:
        decoded, image = self._capture.retrieve()
        return decoded, cast("Image", image)

    def stamp_s(self) -> float | None:
        return self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0 if self._stamped else None

    def release(self) -> None:
        self._capture.release()


def is_address(device: str) -> bool:
    """Whether this is the URL of a camera."""
    return urlsplit(device).scheme.lower() in SCHEMES


def name_of(address: str) -> str:
    """The camera at a URL, for people: nothing but its host, for the rest may hold a password."""
    parts = urlsplit(address)
    return f"{parts.scheme.lower()}://{parts.netloc.rpartition('@')[2].lower()}"


def with_credentials(address: str, username: str | None, password: str | None) -> str:
    """The URL with user and password in it, as FFmpeg takes them."""
    if username is None:
        return address
    secret = "" if password is None else f":{quote(password, safe='')}"
    parts = urlsplit(address)
    return parts._replace(netloc=f"{quote(username, safe='')}{secret}@{parts.netloc}").geturl()


def open_address(address: str, open_within_s: float, lost_after_s: float) -> Capture:
    """The camera at a URL.

    Args:
        address: With user and password, where it needs them.
        open_within_s: How long connecting may take, seconds.
        lost_after_s: How long each picture may take, seconds.

    Raises:
        SourceError: It cannot be reached, or gives no pictures.
    """
    _hush()
    open_ms, read_ms = (max(1, round(limit_s * 1000)) for limit_s in (open_within_s, lost_after_s))
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, open_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, read_ms]
    capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, [*limits, cv2.CAP_PROP_N_THREADS, 1])
    if not capture.isOpened():
        capture.release()
        raise SourceError(
            f"the camera at {name_of(address)} cannot be reached, refuses, or sends no pictures",
            "Check that it is on, its address, its user and its password; a player such as ffplay shows what it sends",
        )
    return _Opened(capture, stamped=False)


def open_device(path: Path, size: tuple[int, int], ask: Callable[[Path], Answers] = question) -> Capture:
    """A camera of this machine.

    Args:
        path: Such as /dev/video0.
        size: Width and height to ask it for, pixels; it may give others.
        ask: Asks the device what it is.

    Raises:
        SourceError: It is not there, is none, may not be opened, or is in use.
    """
    _hush()
    _refuse(path, ask)
    capture = cv2.VideoCapture(str(path), cv2.CAP_V4L2)
    if not capture.isOpened():
        capture.release()
        raise SourceError(f"{path} gives no pictures", f"Close what uses it: fuser -v {path} names it. {_LIST}")
    for setting, value in zip((cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT), size, strict=True):
        capture.set(setting, value)
    return _Opened(capture, stamped=True)


def device_name(path: Path, ask: Callable[[Path], Answers] = question) -> str:
    """The camera's own name, with its path; the path alone where it does not tell."""
    try:
        return f"{ask(path).name} ({path})"
    except OSError:
        return str(path)


def _refuse(path: Path, ask: Callable[[Path], Answers]) -> None:
    """Say what is wrong with a device before OpenCV says only that something is."""
    try:
        said = ask(path)
    except FileNotFoundError:
        raise SourceError(f"there is no camera {path}", f"Connect one, or choose another. {_LIST}") from None
    except PermissionError:
        remedy = "Let this user take pictures: sudo usermod -aG video $USER, then log in again"
        raise SourceError(f"we may not open the camera {path}", remedy) from None
    except OSError as error:
        raise SourceError(f"{path} is no camera: {error.strerror}", _LIST) from None
    if not said.captures:
        raise SourceError(f"{path} ({said.name}) gives no pictures: it is another part of a camera", _LIST)
    if said.busy:
        raise SourceError(f"the camera {path} is in use", f"Close the program that uses it: fuser -v {path} names it")


def _hush() -> None:
    """Keep OpenCV and its FFmpeg from writing to the terminal: what they say may hold a URL with its password."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
