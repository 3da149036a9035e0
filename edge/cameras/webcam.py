"""A camera of this machine or of the network; a file in its place is played as `recording` plays it."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from edge.cameras import recording
from edge.retrying import RetrySettings
from edge.sight.grabber import Grabber, OpenCapture, Taken
from edge.sight.opening import SCHEMES, device_name, is_address, name_of, open_address, open_device, with_credentials
from edge.sight.placing import Placing, PlacingSettings
from edge.sound.waiting import wait_until
from model.errors import LostError, SettingsError, SourceError
from realtime.clock import Clock
from realtime.events import Event, Health, PartHealth, VideoFrame
from realtime.media_clock import MediaClock
from realtime.protocols import Camera, CameraInfo

_LOG = logging.getLogger(__name__)
_PART = "webcam"


class Settings(PlacingSettings, RetrySettings):
    """Which camera, how many of its pictures, and how patient to be with it.

    A user and a password that stand in an address are taken out of it, so that it can be shown.
    """

    device: int | str = Field(
        default=0,
        description="Number of the camera, its path such as /dev/video0, a file, or an address: rtsp://, http://.",
    )
    username: str | None = Field(default=None, description="User at the camera's address; null for none.")
    password: SecretStr | None = Field(
        default=None, description="Password at the camera's address; only from the environment."
    )
    width: int = Field(
        default=640, ge=160, le=3840, description="Width that is asked for, pixels; larger pictures are scaled down."
    )
    height: int = Field(default=480, ge=120, le=2160, description="Height that is asked for, pixels.")
    frames_per_s: float = Field(default=5.0, ge=1.0, le=30.0, description="Pictures that are looked at, per second.")
    open_within_s: float = Field(
        default=10.0, gt=0.0, le=60.0, description="A camera that gives no picture within this time is not there, s."
    )
    lost_after_s: float = Field(
        default=3.0, gt=0.0, le=60.0, description="A camera that gives no picture for so many seconds is lost."
    )

    @model_validator(mode="before")
    @classmethod
    def _without_credentials(cls, given: Any) -> Any:  # noqa: ANN401 - whatever was given
        device = given.get("device") if isinstance(given, dict) else None
        if not isinstance(device, str) or "://" not in device:
            return given
        _refuse_bad_address(device)
        parts = urlsplit(device)
        user, at, host = parts.netloc.rpartition("@")
        if not at:
            return given
        name, colon, password = user.partition(":")
        found = {"username": unquote(name)} if name else {}
        if colon:
            found["password"] = unquote(password)
        return {**given, "device": parts._replace(netloc=host).geturl(), **found}

    @field_validator("device")
    @classmethod
    def _is_a_camera(cls, device: int | str) -> int | str:
        if isinstance(device, int) or device.isdecimal():
            if int(device) < 0:
                raise ValueError("a camera's number is 0 or more")
            return int(device)
        return device


def create(settings: Settings, clock: Clock, media_clock: MediaClock) -> Camera:
    """The camera for these settings; nothing is opened yet."""
    device = settings.device
    if isinstance(device, str) and is_address(device):
        return Webcam(settings, clock, media_clock, name_of(device), _address_opener(settings, device))
    path = Path(f"/dev/video{device}" if isinstance(device, int) else device).expanduser()
    if path.is_file():
        film = recording.Settings(path=path, frames_per_s=settings.frames_per_s, offset_s=settings.offset_s)
        return recording.create(film, clock, media_clock)
    size = (settings.width, settings.height)
    return Webcam(settings, clock, media_clock, device_name(path), lambda: open_device(path, size))


class Webcam:
    """A camera whose pictures are placed on the media clock by the moment at which they were taken.

    That is what the driver says, where it is plausible, else when they arrive; see `edge.sight.grabber.moment_of`. How
    much later that is than what was heard meanwhile, no program knows: `offset_s` says so.

    A lost camera is reported and tried again, with pauses that double and jitter, until it is back. Pictures that come
    before the first sound have no place and are left out.

    Args:
        settings: How many pictures, and how patient to be.
        clock: For arrival times and pauses.
        media_clock: Places moments on media time.
        name: For people; never with a password.
        opens: Opens the camera, in a thread of its own; called again whenever it was lost.
    """

    def __init__(
        self, settings: Settings, clock: Clock, media_clock: MediaClock, name: str, opens: OpenCapture
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._placing = Placing(media_clock, settings.offset_s)
        self._name = name
        self._opens = opens
        self._grabber: Grabber | None = None
        self._closed = asyncio.Event()

    async def open(self) -> CameraInfo:
        """Open the camera and wait for its first picture.

        Raises:
            SourceError: There is none, it refuses, or gives no picture in time.
        """
        self._grabber = self._start()
        try:
            first = await self._grabber.take(self._settings.open_within_s)
        except LostError as error:
            raise SourceError(f"the camera {self._name}: {error}", "Check that it is on and can be reached") from None
        height, width = first.image.shape[:2]
        return CameraInfo(self._name, width, height)

    async def events(self) -> AsyncGenerator[Event, None]:
        """`VideoFrame` and `PartHealth` events until the camera is closed."""
        while not self._closed.is_set() and self._grabber is not None:
            try:
                taken = await self._grabber.take(self._settings.lost_after_s)
            except (LostError, SourceError) as error:
                if self._closed.is_set():
                    return
                _LOG.warning("camera %s lost: %s", self._name, error)
                yield PartHealth(_PART, Health.OFFLINE, f"{self._name}: {error}")
                if (taken_again := await self._return()) is None:
                    return
                yield PartHealth(_PART, Health.ONLINE, f"{self._name} is back")
                taken = taken_again
            if (frame := self._placed(taken)) is not None:
                yield frame

    async def close(self) -> None:
        """End the events and let the camera go."""
        self._closed.set()
        if self._grabber is not None:
            await self._grabber.stop()

    async def _return(self) -> Taken | None:
        """The first picture after a loss, once the camera is back; None where it was closed before."""
        pause_s = self._settings.first_retry_s
        while not self._closed.is_set():
            if self._grabber is not None:
                await self._grabber.stop()
            moment = self._clock.now_s() + pause_s * random.uniform(0.5, 1.0)
            await wait_until(self._clock, moment, self._closed.is_set)
            pause_s = min(2 * pause_s, self._settings.last_retry_s)
            # One thread at a time: where the last one hangs in the driver or the network, another would, too.
            if self._closed.is_set() or (self._grabber is not None and self._grabber.busy):
                continue
            self._grabber = self._start()
            try:
                return await self._grabber.take(self._settings.open_within_s)
            except (SourceError, LostError) as error:
                _LOG.info("camera %s still lost: %s", self._name, error)
        return None

    def _placed(self, taken: Taken) -> VideoFrame | None:
        """The picture on the media clock; None where it has no place there."""
        time_s = self._placing.time_s(taken.taken_at)
        return None if time_s is None else VideoFrame(time_s, taken.image, taken.taken_at)

    def _start(self) -> Grabber:
        settings = self._settings
        return Grabber(self._opens, self._clock, 1.0 / settings.frames_per_s, settings.width)


def _address_opener(settings: Settings, device: str) -> OpenCapture:
    password = None if settings.password is None else settings.password.get_secret_value()
    address = with_credentials(device, settings.username, password)
    return lambda: open_address(address, settings.open_within_s, settings.lost_after_s)


def _refuse_bad_address(address: str) -> None:
    """Raise a SettingsError without the address: it may hold a password, and pydantic would show it."""
    try:
        parts = urlsplit(address)
        whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or not is_address(address):
        raise SettingsError(
            "camera.device is no address that pictures can be had from",
            f"Give a number, a path, or an address: {', '.join(f'{scheme}://…' for scheme in SCHEMES)}",
        )
