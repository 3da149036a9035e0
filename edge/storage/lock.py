"""One process at a time: the lock on what a node keeps."""

import fcntl
import os
from pathlib import Path

from model.errors import NodeTakenError


class NameLock:
    """A lock on a file beside what it protects. The system lets go of it when the process ends, however it ends.

    Args:
        path: The file; made if it is missing, and left there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

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
        if self._file is not None:
            os.close(self._file)
            self._file = None
