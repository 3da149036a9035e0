"""The file in which a node keeps things: one SQLite database, used from one thread.

Writing goes to the write-ahead log first, which a killed process leaves whole: nothing that was committed is lost. What
is removed is overwritten with zeros, and copies of it in the log vanish with `tidy`. The file is this process's alone
while it is open.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from edge.storage.entry import Entry, Limit, Numbered, Removed
from edge.storage.note import Interrupted
from edge.storage.settings import Durability
from edge.wire.message import Message
from model.errors import LostError, StorageError

_OURS: Final = 0x756E6472  # "undr", what marks the file as undertone's
_VERSION: Final = 1
_TABLES: Final = """
CREATE TABLE outbox (number INTEGER PRIMARY KEY, made_at REAL NOT NULL, conversation TEXT, speaker TEXT,
                     topic TEXT NOT NULL, payload BLOB NOT NULL);
CREATE INDEX outbox_about ON outbox (conversation, speaker);
CREATE TABLE notes (conversation TEXT NOT NULL, part TEXT NOT NULL, noted_at TEXT NOT NULL, content BLOB NOT NULL,
                    UNIQUE (conversation, part));
CREATE TABLE switches (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_SYNCHRONOUS: Final = {Durability.PROCESS: "NORMAL", Durability.POWER: "FULL"}
_DISK: Final = frozenset({
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
})  # fmt: skip
_PAGE_BYTES: Final = 16_384  # a note is written in half the time that it takes in pages of 4,096
_SPARE_PAGES: Final = 1024
_PRIMARY: Final = 0xFF  # the rest of an SQLite error code says more about it


class Database:
    """The file, or a database in memory that is gone with it.

    Args:
        path: The file; None keeps everything in memory.
        durability: What stored events outlive.
    """

    _connection: sqlite3.Connection

    def __init__(self, path: Path | None, durability: Durability) -> None:
        self._path = path
        self._durability = durability
        self._events = 0
        self.log_bytes = 0
        """Roughly how many bytes were written since `tidy`."""

    def open(self) -> None:
        """Open it, or make it.

        Raises:
            StorageError: It cannot be opened, is damaged, or is not ours.
        """
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            if _code(error) in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
                raise StorageError(f"{self._path} is damaged, or no file of undertone's ({error})", _AWAY) from error
            raise StorageError(f"cannot open {self._path}: {error}", _ELSEWHERE) from error

    def close(self) -> None:
        """Write everything to its place and close the file."""
        try:
            self.tidy()
        finally:
            self._connection.close()

    @property
    def events(self) -> int:
        """How many there are."""
        return self._events

    def last_number(self) -> int:
        """The number of the newest event; 0 where there is none."""
        return int(self._connection.execute("SELECT ifnull(max(number), 0) FROM outbox").fetchone()[0])

    def write(
        self, entries: Sequence[Entry], gone: Sequence[int], limit: Limit, *, probe: bool = False
    ) -> list[Removed]:
        """Write entries in one transaction, forget what the broker has, and remove the oldest of what is too much.

        Args:
            entries: What is new.
            gone: Numbers of events that the broker has.
            limit: How much may stay.
            probe: Whether something is written in any case, so as to see whether the disk takes it.

        Raises:
            LostError: The disk does not take it. Nothing is written then.
        """
        with self._transaction() as connection:
            found = _remove(connection, gone)
            for entry in entries:
                _write(connection, entry)
            added = sum(len(entry.events) for entry in entries)
            if probe:
                connection.execute(f"PRAGMA user_version = {_VERSION}")
            removed = self._remove_oldest(self._events - found + added - limit.most, limit.beyond)
        self._events += added - found - len(removed)
        self.log_bytes += sum(entry.size for entry in entries)
        return removed

    def read(self, after: int, most: int) -> list[Numbered]:
        """The oldest events after a number.

        Raises:
            LostError: The disk cannot be read.
        """
        columns = "number, made_at, conversation, speaker, topic, payload"
        with self._disk():
            rows = self._connection.execute(
                f"SELECT {columns} FROM outbox WHERE number > ? ORDER BY number LIMIT ?",  # noqa: S608 - constants
                (after, most),
            ).fetchall()
        return [
            Numbered(number, Message(topic, payload, conversation=conversation, speaker=speaker), made_at)
            for number, made_at, conversation, speaker, topic, payload in rows
        ]

    def expire(self, before: float) -> list[Removed]:
        """Remove events made before a moment, and what was noted before it.

        Raises:
            LostError: The disk does not take it.
        """
        with self._transaction() as connection:
            # Numbers grow with time: reading stops at the first event that is young enough.
            young = "SELECT number FROM outbox WHERE made_at >= ? ORDER BY number LIMIT 1"
            old = f"number < ifnull(({young}), 9223372036854775807)"
            removed = _removed(connection.execute(f"DELETE FROM outbox WHERE {old} {_RETURNING}", (before,)))  # noqa: S608
            # A note goes as a whole: some of its parts are written more rarely than others.
            over = "SELECT conversation FROM notes GROUP BY conversation HAVING max(noted_at) < ?"
            moment = datetime.fromtimestamp(before, UTC).isoformat()
            connection.execute(f"DELETE FROM notes WHERE conversation IN ({over})", (moment,))  # noqa: S608 - constants
        self._events -= len(removed)
        return removed

    def forget(self, conversation: str, speaker: str | None) -> tuple[list[Removed], int]:
        """Remove waiting events about a conversation, or about one speaker in it, and everything noted of it.

        Returns:
            The events, and how many parts of a note.

        Raises:
            LostError: The disk does not take it.
        """
        about = "conversation = ? AND (? IS NULL OR speaker = ?)"
        with self._transaction() as connection:
            events = _removed(
                connection.execute(
                    f"DELETE FROM outbox WHERE {about} {_RETURNING}",  # noqa: S608 - constants
                    (conversation, speaker, speaker),
                )
            )
            notes = connection.execute("DELETE FROM notes WHERE conversation = ?", (conversation,)).rowcount
        self._events -= len(events)
        self.tidy()
        return events, notes

    def drop_notes(self) -> int:
        """Remove everything noted; how many parts that were.

        Raises:
            LostError: The disk does not take it.
        """
        with self._transaction() as connection:
            return connection.execute("DELETE FROM notes").rowcount

    def conversations(self) -> list[str]:
        """Those of which events wait, or something is noted."""
        ids = "SELECT conversation FROM outbox WHERE conversation IS NOT NULL UNION SELECT conversation FROM notes"
        return [conversation for (conversation,) in self._connection.execute(ids)]

    def interrupted(self) -> Interrupted | None:
        """What was noted of the conversation that did not end."""
        rows = self._connection.execute("SELECT conversation, part, content, noted_at FROM notes").fetchall()
        if not rows:
            return None
        newest = max(rows, key=lambda row: row[3])[0]
        mine = [row for row in rows if row[0] == newest]
        noted_at = max(datetime.fromisoformat(row[3]) for row in mine)
        return Interrupted(newest, {part: content for _, part, content, _ in mine}, noted_at)

    def switches(self) -> dict[str, Any]:
        """The switches as they were kept."""
        return {name: json.loads(value) for name, value in self._connection.execute("SELECT name, value FROM switches")}

    def keep_switches(self, values: Mapping[str, Any]) -> None:
        """Keep these switches, in place of those kept before.

        Raises:
            LostError: The disk does not take it.
        """
        with self._transaction() as connection:
            connection.execute("DELETE FROM switches")
            connection.executemany(
                "INSERT INTO switches VALUES (?, ?)", [(name, json.dumps(value)) for name, value in values.items()]
            )

    def tidy(self) -> None:
        """Write what is in the log to its place and empty the log, and with it what was removed since.

        A file that has become much too long is made shorter, a piece each time.

        Raises:
            LostError: The disk does not take it.
        """
        with self._disk():
            if self._execute("PRAGMA freelist_count").fetchone()[0] > _SPARE_PAGES:
                # As a script, for it takes a step per page and gives no rows, of which `execute` takes one.
                self._connection.executescript(f"PRAGMA incremental_vacuum({_SPARE_PAGES})")
            self._execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self.log_bytes = 0

    def _open(self) -> None:
        place = ":memory:" if self._path is None else str(self._path)
        if self._path is not None:
            _make_private(self._path)
        self._connection = sqlite3.connect(place, timeout=1.0, isolation_level=None, check_same_thread=False)
        try:
            # Nobody else may open it, and the index of the log stays in memory.
            self._execute("PRAGMA locking_mode = EXCLUSIVE")
            self._recognise()
            if fresh := not self._has_tables():
                self._execute(f"PRAGMA page_size = {_PAGE_BYTES}")
                self._execute("PRAGMA auto_vacuum = INCREMENTAL")
            self._execute("PRAGMA journal_mode = WAL")
            self._execute(f"PRAGMA synchronous = {_SYNCHRONOUS[self._durability]}")
            self._execute("PRAGMA secure_delete = ON")
            self._execute("PRAGMA wal_autocheckpoint = 0")  # it waits for the disk; `tidy` does when nobody waits
            if fresh:
                self._make_tables()
            self._examine()
            self._events = int(self._execute("SELECT count(*) FROM outbox").fetchone()[0])
        except BaseException:
            self._connection.close()
            raise

    def _recognise(self) -> None:
        mark = self._execute("PRAGMA application_id").fetchone()[0]
        version = self._execute("PRAGMA user_version").fetchone()[0]
        if mark != _OURS and (mark or version or self._has_tables()):
            raise StorageError(f"{self._path} is no file of undertone's", _AWAY)
        if version > _VERSION:
            raise StorageError(
                f"{self._path} was written by a newer undertone",
                f"Install that one again. Or: {_AWAY[0].lower()}{_AWAY[1:]}",
            )

    def _examine(self) -> None:
        found = self._execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise StorageError(f"{self._path} is damaged: {' '.join(found.split())}", _AWAY)

    def _has_tables(self) -> bool:
        return bool(self._execute("SELECT count(*) FROM sqlite_master").fetchone()[0])

    def _make_tables(self) -> None:
        self._connection.executescript(
            f"BEGIN; {_TABLES} PRAGMA application_id = {_OURS}; PRAGMA user_version = {_VERSION}; COMMIT;"
        )

    def _execute(self, statement: str) -> sqlite3.Cursor:
        return self._connection.execute(statement)

    def _remove_oldest(self, count: int, beyond: int) -> list[Removed]:
        if count <= 0:
            return []
        oldest = "SELECT number FROM outbox WHERE number > ? ORDER BY number LIMIT ?"
        return _removed(
            self._connection.execute(
                f"DELETE FROM outbox WHERE number IN ({oldest}) {_RETURNING}",  # noqa: S608 - constants
                (beyond, count),
            )
        )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._disk():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _disk(self) -> Iterator[None]:
        """Tells trouble with the disk from a mistake of ours."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if _code(error) not in _DISK:
                raise
            raise LostError(str(error)) from error


_RETURNING: Final = "RETURNING number, ifnull(conversation, '')"
_AWAY: Final = "Move it away, and a new one is made: what waits in it would be lost"
_ELSEWHERE: Final = "Set storage.folder to a folder that can be written, or to null to keep everything in memory"


def _write(connection: sqlite3.Connection, entry: Entry) -> None:
    connection.executemany(
        "INSERT INTO outbox (number, made_at, conversation, speaker, topic, payload) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (each.number, each.made_at, message.conversation, message.speaker, message.topic, message.payload)
            for each in entry.events
            for message in (each.message,)
        ],
    )
    if entry.note is not None:
        note, now = entry.note, datetime.now(UTC).isoformat()
        connection.execute("DELETE FROM notes WHERE conversation <> ?", (note.conversation,))
        connection.executemany(
            "INSERT INTO notes (conversation, part, noted_at, content) VALUES (?, ?, ?, ?) ON CONFLICT "
            "(conversation, part) DO UPDATE SET noted_at = excluded.noted_at, content = excluded.content",
            [(note.conversation, part, now, content) for part, content in note.parts.items()],
        )
    if entry.over:
        connection.execute("DELETE FROM notes WHERE conversation = ?", (entry.over,))


def _remove(connection: sqlite3.Connection, numbers: Sequence[int]) -> int:
    if not numbers:
        return 0
    which = "number IN (SELECT value FROM json_each(?))"  # in one statement: each gives the interpreter's lock away
    return connection.execute(f"DELETE FROM outbox WHERE {which}", (json.dumps(numbers),)).rowcount  # noqa: S608


def _removed(rows: sqlite3.Cursor) -> list[Removed]:
    return [Removed(number, conversation) for number, conversation in rows.fetchall()]


def _make_private(path: Path) -> None:
    """Make the file if it is missing, for this user only; SQLite gives the log the same rights."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(file, 0o600)
    finally:
        os.close(file)


def _code(error: sqlite3.DatabaseError) -> int:
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY
