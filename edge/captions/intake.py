"""Where captions come from: a whole file, a file that is being written, or standard input. Piece by piece."""

import asyncio
import os
import select
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from pathlib import Path
from typing import Final, Protocol, TypeVar

from edge.sound.waiting import wait_until
from model.errors import SourceError
from realtime.clock import Clock

T = TypeVar("T")

STANDARD_INPUT: Final = Path("-")
"""The path that means standard input."""

PIECE: Final = 4_096
"""Bytes read at a time: what comes in one piece has come at one moment, so it should not be much."""

_LOOK_S = 0.2  # how often a file that is being written is looked at


class Intake(Protocol):
    """Gives what is there, piece by piece."""

    name: str

    async def open(self) -> None:
        """Make it readable. Raises SourceError."""

    async def read(self) -> bytes | None:
        """The next piece once there is one; empty at the end, None where something else begins from its start."""

    async def close(self) -> None:
        """End a `read` that waits, and let go. May be called twice."""


def open_file(path: Path) -> FileIO:
    """A file with captions, open.

    Raises:
        SourceError: It is not there, no file, or must not be read.
    """
    if path.exists() and not path.is_file():
        raise SourceError(
            f"{path} is no file", f"Captions of a pipe come through standard input: undertone run --captions - < {path}"
        )
    try:
        return FileIO(path)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}", "Check its name, and who may read it") from error


class _InThread:
    """Calls that block, one after another in a thread of their own."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="captions")
        self.closed = False

    async def call(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)

    def end(self) -> None:
        """Wait for the running call, and take no more."""
        self.closed = True
        self._thread.shutdown(wait=True)


class StandardInput:
    """Standard input, or another descriptor, to its end.

    Args:
        descriptor: What is read; it stays open.
    """

    name = "standard input"

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._thread = _InThread()
        self._enough: int | None = None  # reading ends when something is written here
        self._told: int | None = None
        self._poll = select.poll()

    async def open(self) -> None:
        """Get ready to read.

        Raises:
            SourceError: It is closed.
        """
        if self._descriptor == 0 and sys.stdin is None:  # its number may be somebody else's by now
            raise SourceError("standard input is closed", "Give it captions: undertone run --captions - < FILE")
        self._told, self._enough = os.pipe()
        self._poll.register(self._descriptor, select.POLLIN)
        self._poll.register(self._told, select.POLLIN)

    async def read(self) -> bytes | None:
        """What was written, once something was; empty when it was closed."""
        return b"" if self._thread.closed else await self._thread.call(self._read)

    async def close(self) -> None:
        """End the reading."""
        if self._thread.closed:
            return
        if self._enough is not None:
            os.close(self._enough)  # the other end notices
        self._thread.end()
        if self._told is not None:
            os.close(self._told)

    def _read(self) -> bytes:
        ready = dict(self._poll.poll())
        if self._told in ready:
            return b""
        try:
            return os.read(self._descriptor, PIECE)
        except OSError as error:
            raise SourceError(f"standard input cannot be read: {error.strerror}", "Give it text") from error


class FollowedFile:
    """A file that is being written, read on as it grows, without end; like `tail -F`.

    A file that takes its place, or that begins anew because it was cut, is read from its start.

    Args:
        path: The file; it may come later.
        clock: For looking again.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self.name = path.name
        self._path = path
        self._clock = clock
        self._thread = _InThread()
        self._file: FileIO | None = None

    async def open(self) -> None:
        """Open it.

        Raises:
            SourceError: It is not there, no file, or must not be read.
        """
        await self._thread.call(self._open)

    async def read(self) -> bytes | None:
        """What was written, once something was; None where another file begins."""
        while not self._thread.closed:
            piece = await self._thread.call(self._look)
            if piece != b"":
                return piece
            await wait_until(self._clock, self._clock.now_s() + _LOOK_S, lambda: self._thread.closed)
        return b""

    async def close(self) -> None:
        """End the reading, and let the file go."""
        if not self._thread.closed:
            self._thread.end()
            if self._file is not None:
                self._file.close()

    def _open(self) -> None:
        self._file = open_file(self._path)

    def _look(self) -> bytes | None:
        """What is new; None where the file is another one now."""
        if self._file is None:
            return b""
        try:
            piece = self._file.read(PIECE)
            if piece or not self._is_another(self._file):
                return piece
            # What the old one got while we looked was written before the new one was there.
            if piece := self._file.read(PIECE):
                return piece
            old, self._file = self._file, FileIO(self._path)
            old.close()
        except FileNotFoundError:
            return b""  # it was moved away, and the next is not there yet
        except OSError as error:
            raise SourceError(f"{self._path} cannot be read: {error.strerror}", "Check who may read it") from error
        return None

    def _is_another(self, file: FileIO) -> bool:
        there, ours = self._path.stat(), os.fstat(file.fileno())
        return (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino) or there.st_size < file.tell()
