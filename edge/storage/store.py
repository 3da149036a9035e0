"""What a node keeps across a crash, without ever blocking the event loop."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from edge.storage.database import Database
from edge.storage.entry import Entry, Limit, Numbered, Removed
from edge.storage.lock import NameLock
from edge.storage.note import Interrupted
from edge.storage.settings import Durability, StorageSettings
from model.errors import LostError, StorageError

_LOG = logging.getLogger(__name__)
_P = ParamSpec("_P")
_R = TypeVar("_R")


def create(settings: StorageSettings, site: str, node: str) -> "Store":
    """The store of a node: a file of its own in the folder of the settings, or memory."""
    path = None if settings.folder is None else settings.folder / f"{site}.{node}.db"
    return Store(path, settings.durability)


class Store:
    """Events that wait for the broker, what a running conversation goes on from, and switches.

    One file per site and node, readable for its owner only, held by one process at a time. Everything runs in one
    thread of its own. A process that is killed loses nothing that was written. A power loss may take what was written
    since the system last put it on the disk, unless the durability is `power`.

    Args:
        path: The file; its folder is made if it is missing, for this user only. None keeps everything in memory.
        durability: What stored events outlive.
    """

    def __init__(self, path: Path | None, durability: Durability = Durability.PROCESS) -> None:
        self.path = path
        self._database = Database(path, durability)
        self._lock = None if path is None else NameLock(path.with_suffix(".lock"))
        self._thread: ThreadPoolExecutor | None = None
        self._current = True

    async def open(self) -> None:
        """Open the file, or make it.

        Raises:
            NodeTakenError: Another process holds it: an undertone of the same site and node.
            StorageError: It cannot be opened, is damaged, or is not undertone's. It is left as it is.
        """
        self._thread = ThreadPoolExecutor(1, "storage")
        try:
            await self._run(self._open)
        except BaseException:
            self._thread.shutdown(wait=False)
            self._thread = None
            raise

    async def close(self) -> None:
        """Close the file and let go of it. May be called twice."""
        if self._thread is None:
            return
        try:
            await self._run(self._close)
        finally:
            self._thread.shutdown(wait=False)
            self._thread = None

    async def interrupted(self) -> Interrupted | None:
        """The conversation that did not end, and what was noted of it; None where there is none."""
        return await self._run(self._database.interrupted) if self._current else None

    async def conversations(self) -> list[str]:
        """Those of which something is stored."""
        return await self._run(self._database.conversations)

    async def forget(self, conversation: str, speaker: str | None = None) -> tuple[list[Removed], int]:
        """Remove what is stored about a conversation, or about one speaker in it, and overwrite where it stood.

        A note holds words of everybody: it goes in both cases. Events that are in memory as well are `Outbox.forget`'s.

        Returns:
            The events that waited for the broker, and how many parts of a note.

        Raises:
            LostError: The disk does not take it.
        """
        return await self._run(self._database.forget, conversation, speaker)

    async def switches(self) -> dict[str, Any]:
        """The switches as they were kept; empty at first."""
        return await self._run(self._database.switches)

    async def keep_switches(self, values: Mapping[str, Any]) -> None:
        """Keep these switches, in place of those kept before; values are what JSON can hold.

        Raises:
            LostError: The disk does not take it.
        """
        await self._run(self._database.keep_switches, dict(values))

    async def write(
        self, entries: Sequence[Entry], gone: Sequence[int], limit: Limit, *, probe: bool = False
    ) -> list[Removed]:
        """`Database.write`."""
        return await self._run(self._write, entries, gone, limit, probe=probe)

    @property
    def log_bytes(self) -> int:
        """Roughly how many bytes were written since `tidy`."""
        return self._database.log_bytes

    async def read(self, after: int, most: int) -> list[Numbered]:
        """`Database.read`."""
        return await self._run(self._database.read, after, most)

    async def expire(self, before: float) -> list[Removed]:
        """`Database.expire`."""
        return await self._run(self._database.expire, before)

    async def tidy(self) -> None:
        """`Database.tidy`."""
        await self._run(self._database.tidy)

    async def waiting(self) -> tuple[int, int]:
        """How many events wait, and the number of the newest."""
        return await self._run(lambda: (self._database.events, self._database.last_number()))

    async def _run(self, work: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        if self._thread is None:
            raise RuntimeError("the store is not open")
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))

    def _open(self) -> None:
        try:
            if self.path is not None and self._lock is not None:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._lock.take()
            self._database.open()
            self._drop_outdated()
        except OSError as error:
            self._let_go()
            raise StorageError(
                f"cannot keep anything in {self.path and self.path.parent}: {error.strerror}",
                "Set storage.folder to a folder that can be written, or to null to keep everything in memory",
            ) from error
        except BaseException:
            self._let_go()
            raise

    def _drop_outdated(self) -> None:
        """A note is outdated where the disk took nothing before an earlier process ended: more was said since."""
        if self._lock is None:
            return
        if self._lock.current:
            return
        try:
            if self._database.drop_notes():
                _LOG.warning("the interrupted conversation does not go on: the disk had taken nothing of its end")
            self._lock.current = True
        except LostError as error:
            self._current = False
            _LOG.warning("%s: %s", self.path, error)

    def _write(self, entries: Sequence[Entry], gone: Sequence[int], limit: Limit, *, probe: bool) -> list[Removed]:
        try:
            removed = self._database.write(entries, gone, limit, probe=probe)
        except LostError:
            self._now_current(current=False)
            raise
        self._now_current(current=True)
        return removed

    def _now_current(self, *, current: bool) -> None:
        if self._lock is not None and self._current != current:
            self._current = self._lock.current = current

    def _close(self) -> None:
        try:
            self._database.close()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        if self._lock is not None:
            self._lock.release()
