"""One process at a time: the lock on what a node keeps, and whether what it kept was up to date when it ended."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from model.errors import NodeTakenError

_CURRENT: Final = b"current"
_NONE: Final = -1


class NameLock:
    """A lock on a file beside what it protects. The system lets go of it when the process ends, however it ends.

    Args:
        path: The file; made if it is missing, and left there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _NONE

    def take(self) -> None:
        """Hold it.

        Raises:
            NodeTakenError: Another process holds it.
            OSError: The file cannot be made.
        """
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise NodeTakenError(
                f"another undertone of this site and node runs on this machine: it holds {self._path}",
                "Give this one another name (UNDERTONE_NODE=NAME), or end the other one",
            ) from None
        except OSError:
            os.close(file)
            raise
        self._file = file

    def release(self) -> None:
        """Let go of it. May be called twice."""
        if self._file != _NONE:
            os.close(self._file)
            self._file = _NONE

    @property
    def current(self) -> bool:
        """Whether nothing was missing on disk when this was last said, by this process or an earlier one."""
        return os.pread(self._file, len(_CURRENT), 0) == _CURRENT

    @current.setter
    def current(self, current: bool) -> None:
        # A file can be emptied on a full disk, where it cannot be written; then it stays empty, which is careful.
        with suppress(OSError):
            os.ftruncate(self._file, 0)
            if current:
                os.pwrite(self._file, _CURRENT, 0)
