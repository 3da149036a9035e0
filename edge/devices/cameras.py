"""The cameras that Linux knows. As a program it lists them, so that a driver that hangs can be left behind."""

import errno
import importlib.util
import re
import sys
from collections.abc import Callable
from pathlib import Path

from edge.devices.child import answer, ask
from edge.devices.listing import Camera, Section
from edge.devices.v4l2 import Answers, question

DEVICES = Path("/dev")
NAMES = Path("/sys/class/video4linux")

_LIMIT_S = 12.0
_NODE = re.compile(r"video(\d+)")


def list_cameras(
    devices: Path = DEVICES, names: Path = NAMES, ask_device: Callable[[Path], Answers] = question
) -> list[Camera]:
    """All video devices, by number; those that give no pictures among them.

    Args:
        devices: The folder of devices.
        names: The folder in which the kernel names them.
        ask_device: Asks one.
    """
    numbers = sorted(int(found[1]) for path in devices.glob("video*") if (found := _NODE.fullmatch(path.name)))
    return [_camera(number, devices / f"video{number}", names, ask_device) for number in numbers]


async def find_cameras(limit_s: float = _LIMIT_S, devices: Path = DEVICES, names: Path = NAMES) -> Section[Camera]:
    """All video devices, looked at in a process apart.

    Raises:
        UsageError: One of them hangs.
    """
    found = await ask(__name__, str(devices), str(names), limit_s=limit_s)
    cameras = tuple(Camera.model_validate(each) for each in found)
    if not cameras:
        return Section(problem="Linux knows no camera", remedy="Connect one, or give the URL of one in the network")
    if importlib.util.find_spec("cv2") is None:
        return Section(
            devices=cameras,
            problem="taking pictures needs the Python package OpenCV",
            remedy="pip install 'opencv-python-headless>=4.12,<5'",
        )
    return Section(devices=cameras)


def _camera(number: int, path: Path, names: Path, ask_device: Callable[[Path], Answers]) -> Camera:
    name = _name(names / path.name / "name")
    setting = f"UNDERTONE_CAMERA__DEVICE={number}"
    try:
        said = ask_device(path)
    except OSError as error:
        problem, remedy = _refusal(path, error)
        busy = True if error.errno == errno.EBUSY else None
        return Camera(
            name=name or path.name, setting=setting, path=str(path), busy=busy, problem=problem, remedy=remedy
        )
    return Camera(
        name=name or said.name or path.name,
        setting=setting,
        path=str(path),
        captures=said.captures,
        width=said.width,
        height=said.height,
        busy=said.busy,
        problem="another program uses it" if said.busy else "",
        remedy=_who(path) if said.busy else "",
    )


def _refusal(path: Path, error: OSError) -> tuple[str, str]:
    """(problem, remedy) of a device that cannot be asked."""
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return "we may not open it", "sudo usermod -aG video $USER, then log in again"
        case errno.EBUSY:
            return "another program uses it", _who(path)
        case errno.ENOTTY | errno.EINVAL:
            return "it is no video device", ""
        case _:
            return f"it cannot be opened: {error.strerror}", "Unplug it and plug it in again"


def _who(path: Path) -> str:
    return f"Close that program: fuser -v {path} names it"


def _name(file: Path) -> str:
    """The kernel's name of a device; empty where it has none."""
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:  # containers often show /dev without /sys
        return ""


if __name__ == "__main__":
    answer(lambda: [each.model_dump() for each in list_cameras(Path(sys.argv[1]), Path(sys.argv[2]))])
