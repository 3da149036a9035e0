"""Whether the camera of the settings is there and free; where none is configured, whether there would be one."""

import asyncio
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import urlsplit

from edge.devices.cameras import find_cameras
from edge.devices.listing import Camera
from edge.doctor.check import Finding, ok, problem, skipped, warning
from realtime.parts import PartChoice

_PORTS: Final = {"http": 80, "https": 443, "rtmp": 1935, "rtsps": 322}
_RTSP_PORT: Final = 554
_ANSWER_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class CameraCheck:
    """Looks at the cameras of this machine, or whether an address answers; no picture is taken.

    Attributes:
        choice: The camera of the settings; None where none is configured.
    """

    name: ClassVar[str] = "camera"
    limit_s: ClassVar[float] = 15.0

    choice: PartChoice | None = None

    async def look(self) -> Sequence[Finding]:
        """Whether the camera can be used."""
        if self.choice is None:
            section = await find_cameras()
            return [present([camera for camera in section.devices if camera.captures is not False])]
        if importlib.util.find_spec("cv2") is None:
            return [
                problem("a camera needs the Python package OpenCV", "pip install 'opencv-python-headless>=4.12,<5'")
            ]
        if self.choice.part != "webcam":
            return [skipped(f"{self.choice.part}: pictures come with the sound")]
        device = str(self.choice.own.get("device", 0))
        if "://" in device:
            return [await _answering(device)]
        return [await _local(Path(f"/dev/video{device}" if device.isdecimal() else device))]


async def _local(path: Path) -> Finding:
    if _is_film(path):
        return ok(f"the film {path.name} stands for a camera")
    section = await find_cameras()
    return judged(str(path), next((camera for camera in section.devices if camera.path == str(path)), None))


def _is_film(path: Path) -> bool:
    return path.is_file()


def present(cameras: Sequence[Camera]) -> Finding:
    """What cameras that nobody configured are like."""
    if not cameras:
        return skipped("none here, and none configured")
    blocked = next((camera for camera in cameras if camera.problem), None)
    if blocked is not None:
        return warning(f"{blocked.name} ({blocked.path}): {blocked.problem}", blocked.remedy)
    names = ", ".join(f"{camera.name} ({camera.path})" for camera in cameras)
    return skipped(f"there is {names}, and none is configured", cameras[0].setting)


def judged(path: str, camera: Camera | None) -> Finding:
    """What the configured camera is like; None where it is not there."""
    if camera is None:
        return problem(f"there is no camera {path}", "undertone devices lists those there are")
    if camera.problem:
        return problem(f"{camera.name} ({path}): {camera.problem}", camera.remedy)
    if not camera.captures:
        return problem(f"{camera.name} ({path}) gives no pictures", "Often the number before it does")
    return ok(f"{camera.name} ({path}), {camera.width} x {camera.height}")


async def _answering(address: str) -> Finding:
    """Whether somebody listens at an address; of the address only the host is said, for the rest may be a secret."""
    parts = urlsplit(address)
    port = parts.port or _PORTS.get(parts.scheme.lower(), _RTSP_PORT)
    try:
        async with asyncio.timeout(_ANSWER_S):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except (OSError, TimeoutError):
        return problem(
            f"nothing answers at {parts.hostname}:{port}, where the camera should be",
            "Check that it is on and in this network, and the address in camera.device",
        )
    writer.close()
    return ok(f"somebody answers at {parts.hostname}:{port}; whether it sends pictures, undertone run will see")
