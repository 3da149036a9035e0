"""What Linux says about a camera without turning it on: three questions of V4L2, asked through `ioctl`.

https://docs.kernel.org/userspace-api/media/v4l/user-func.html; numbers and layouts are those of `linux/videodev2.h`.
"""

import errno
import fcntl
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

Ioctl = Callable[[int, int, bytearray], object]
"""`fcntl.ioctl`, or what a test has in its place: file, question, and the room for question and answer."""

CAPTURE: Final = 0x1 | 0x1000  # V4L2_CAP_VIDEO_CAPTURE, …_MPLANE
HAS_DEVICE_CAPABILITIES: Final = 0x8000_0000

CAPABILITY: Final = struct.Struct("@16s32s32sIII12x")
"""Driver, name and bus; version, capabilities of the hardware, and of this device."""
FORMAT: Final = struct.Struct("@I0P2I192x")
"""Kind of the device; in a union that is aligned like a pointer, width and height."""
BUFFERS: Final = struct.Struct("@5I")
"""How many, for which kind of device, in which memory; capabilities and flags."""

_CAPTURE_KIND: Final = 1  # V4L2_BUF_TYPE_VIDEO_CAPTURE
_MMAP: Final = 1  # V4L2_MEMORY_MMAP


def _question(number: int, size: int, *, reads_only: bool = False) -> int:
    """The number of an `ioctl` of V4L2, as the macros _IOR and _IOWR make it."""
    return ((2 if reads_only else 3) << 30) | (size << 16) | (ord("V") << 8) | number


QUERY_CAPABILITIES: Final = _question(0, CAPABILITY.size, reads_only=True)
GET_FORMAT: Final = _question(4, FORMAT.size)
REQUEST_BUFFERS: Final = _question(8, BUFFERS.size)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a video device says of itself.

    Attributes:
        name: The hardware's name.
        captures: Whether it gives pictures.
        width: Of its pictures as they are set now, pixels; None where it does not say.
        height: The same.
        busy: Whether another program takes pictures from it.
    """

    name: str
    captures: bool
    width: int | None = None
    height: int | None = None
    busy: bool = False


def question(path: Path, ioctl: Ioctl = fcntl.ioctl) -> Answers:
    """What the device says; it is closed again before this returns, and no picture is taken.

    Raises:
        OSError: It cannot be opened, or is no video device (ENOTTY).
    """
    file = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return _answers(file, ioctl)
    finally:
        os.close(file)


def _answers(file: int, ioctl: Ioctl) -> Answers:
    said = bytearray(CAPABILITY.size)
    ioctl(file, QUERY_CAPABILITIES, said)
    _, name, _, _, hardware, device = CAPABILITY.unpack(said)
    capabilities = device if hardware & HAS_DEVICE_CAPABILITIES else hardware
    card = name.partition(b"\0")[0].decode(errors="replace")
    if not capabilities & CAPTURE:
        return Answers(card, captures=False)
    size = _size(file, ioctl)
    return Answers(card, True, *size, busy=_busy(file, ioctl))  # noqa: FBT003 - whether it captures


def _size(file: int, ioctl: Ioctl) -> tuple[int | None, int | None]:
    room = bytearray(FORMAT.pack(_CAPTURE_KIND, 0, 0))
    try:
        ioctl(file, GET_FORMAT, room)
    except OSError:  # not every driver knows; then the size is not known
        return None, None
    _, width, height = FORMAT.unpack(room)
    return width or None, height or None


def _busy(file: int, ioctl: Ioctl) -> bool:
    """Whether the place for pictures is taken: asking for one and giving it back turns nothing on."""
    for count in (1, 0):
        try:
            ioctl(file, REQUEST_BUFFERS, bytearray(BUFFERS.pack(count, _CAPTURE_KIND, _MMAP, 0, 0)))
        except OSError as error:
            return error.errno == errno.EBUSY
    return False
