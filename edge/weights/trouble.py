"""What may go wrong with the folder of weights, and what to do about it."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model.errors import FetchError
from realtime.recognition.weights import FOLDER_VARIABLE

_FULL = {errno.ENOSPC, errno.EDQUOT}
_ELSEWHERE = f"name another folder: {FOLDER_VARIABLE}=FOLDER"


def check_room(folder: Path, needed: int) -> None:
    """Refuse at once what could not be written to the end.

    Args:
        folder: It is there.
        needed: Bytes.

    Raises:
        FetchError: There is no room for so much.
    """
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise _no_room(folder, f"{needed / 1e6:.0f} MB are needed, {free / 1e6:.0f} MB are free")


@contextmanager
def told_plainly(folder: Path) -> Iterator[None]:
    """What the system refuses inside becomes one line that says what to do.

    Args:
        folder: What is written to.

    Raises:
        FetchError: The disk is full, the folder may not be written to, or something of the kind.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise _no_room(folder, "it is full; what was fetched is kept") from error
        raise FetchError(
            f"{error.filename or folder} cannot be used ({error.strerror})", f"Mend that, or {_ELSEWHERE}"
        ) from error


def _no_room(folder: Path, why: str) -> FetchError:
    return FetchError(f"there is no room on the disk of {folder} ({why})", f"Make room, or {_ELSEWHERE}")
