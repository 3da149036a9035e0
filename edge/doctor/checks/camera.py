"""Whether the camera of the settings is there and free; where none is configured, whether there would be one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge.devices.cameras import find_cameras
from edge.devices.listing import Camera
from edge.doctor.check import Finding, ok, problem, skipped, warning


@dataclass(frozen=True, slots=True)
class CameraCheck:
    """Looks at the cameras of this machine; none is turned on.

    Attributes:
        device: The camera of the settings: number, path or URL; None where none is configured.
    """

    name: ClassVar[str] = "camera"
    limit_s: ClassVar[float] = 6.0

    device: int | str | None = None

    async def look(self) -> Sequence[Finding]:
        """Whether the camera can be used."""
        if isinstance(self.device, str) and "://" in self.device:
            return [skipped("the camera is in the network; whether it answers, undertone run will see")]
        section = await find_cameras()
        cameras = [camera for camera in section.devices if camera.captures is not False]
        if self.device is None:
            return [present(cameras)]
        path = f"/dev/video{self.device}" if str(self.device).isdecimal() else str(self.device)
        chosen = next((camera for camera in section.devices if camera.path == path), None)
        if section.devices and section.problem:
            return [problem(section.problem, section.remedy)]
        return [judged(path, chosen)]


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
