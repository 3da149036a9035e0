import asyncio
import json
import resource
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from edge.storage import store
from edge.storage.entry import Entry, Limit, Numbered
from edge.storage.note import Note
from edge.storage.settings import Durability, StorageSettings, state_folder
from edge.storage.store import Store
from edge.wire.message import Message
from model.errors import LostError, NodeTakenError, StorageError

ANY = Limit(1000)
WORDS = b"something that was said at the table"


def event(number, conversation="c1", speaker="ann", payload=WORDS):
    return Numbered(number, Message("transcript", payload, conversation=conversation, speaker=speaker), 1000.0 + number)


@asynccontextmanager
async def opened(path=None, durability=Durability.PROCESS):
    kept = Store(path, durability)
    await kept.open()
    try:
        yield kept
    finally:
        await kept.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "undertone" / "home.desk.db"


def run_elsewhere(code, *args, **options):
    """Another process of Python; what it printed."""
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, **options)


async def test_what_was_written_is_there_at_the_next_start_as_it_was(path):
    written = [event(1), event(2, "c2", None), event(3)]
    async with opened(path) as one:
        await one.write([Entry(tuple(written), Note("c2", {"lane": b"\0\1"}))], [], ANY)
        before = datetime.now(UTC)
    async with opened(path) as one:
        assert await one.read(0, 10) == written
        assert await one.read(1, 1) == [written[1]]
        assert await one.waiting() == (3, 3)
        found = await one.interrupted()
    assert (found.conversation, found.parts) == ("c2", {"lane": b"\0\1"})
    assert timedelta() <= before - found.noted_at < timedelta(seconds=5)


async def test_a_part_of_a_note_replaces_the_one_of_its_name_and_leaves_the_others():
    async with opened() as one:
        await one.write([Entry(note=Note("c1", {"heard": b"1", "lane": b"1"}))], [], ANY)
        await one.write([Entry(note=Note("c1", {"lane": b"2"}))], [], ANY)
        assert (await one.interrupted()).parts == {"heard": b"1", "lane": b"2"}


async def test_a_note_of_another_conversation_or_an_end_leaves_nothing_of_the_earlier():
    async with opened() as one:
        await one.write([Entry(note=Note("c1", {"lane": b"1"})), Entry(note=Note("c2", {"heard": b"2"}))], [], ANY)
        assert (await one.interrupted()).parts == {"heard": b"2"}
        await one.write([Entry(over="c2")], [], ANY)
        assert await one.interrupted() is None


async def test_of_too_much_the_oldest_goes_that_is_not_on_its_way():
    async with opened() as one:
        await one.write([Entry((event(1), event(2), event(3, "c2")))], [], ANY)
        removed = await one.write([Entry((event(4),))], [1], Limit(1, beyond=2))
        assert [(gone.number, gone.conversation) for gone in removed] == [(3, "c2"), (4, "c1")]
        assert [left.number for left in await one.read(0, 10)] == [2]


async def test_what_was_made_before_a_moment_expires():
    async with opened() as one:
        await one.write([Entry((event(1), event(2), event(3)))], [], ANY)
        assert [gone.number for gone in await one.expire(1002.5)] == [1, 2]
        assert [gone.number for gone in await one.expire(2000.0)] == [3]
        assert await one.waiting() == (0, 0)


async def test_a_note_expires_as_a_whole_though_some_of_its_parts_are_written_more_rarely():
    async with opened() as one:
        await one.write([Entry(note=Note("c1", {"lane": b"rings"}))], [], ANY)
        between = datetime.now(UTC).timestamp()
        await one.write([Entry(note=Note("c1", {"since": b"words"}))], [], ANY)
        await one.expire(between)
        interrupted = await one.interrupted()
        assert interrupted is not None
        assert interrupted.parts == {"lane": b"rings", "since": b"words"}
        await one.expire(datetime.now(UTC).timestamp() + 1.0)
        assert await one.interrupted() is None


async def test_forgetting_leaves_not_a_trace_in_the_files(path):
    async with opened(path) as one:
        note = Note("c1", {"heard": WORDS, "lane": b"figures"})
        await one.write([Entry((event(1), event(2, speaker="ben"), event(3, "c2", payload=b"other")), note)], [], ANY)
        assert any(WORDS in file.read_bytes() for file in path.parent.iterdir())
        gone = [await one.forget("c1", speaker) for speaker in ("ann", None, None)]
        assert [([event.number for event in events], notes) for events, notes in gone] == [([1], 2), ([2], 0), ([], 0)]
        assert not any(WORDS in file.read_bytes() for file in path.parent.iterdir())
        assert [left.number for left in await one.read(0, 10)] == [3]


async def test_what_the_broker_has_is_gone_from_the_files_once_they_are_tidied(path):
    async with opened(path) as one:
        await one.write([Entry((event(1),))], [], ANY)
        await one.write([], [1], ANY)
        await one.tidy()
        assert not any(WORDS in file.read_bytes() for file in path.parent.iterdir())


async def test_switches_are_kept_as_they_were_last(path):
    async with opened(path) as one:
        assert await one.switches() == {}
        await one.keep_switches({"camera": False, "threshold": 0.5})
        await one.keep_switches({"camera": True, "only": ["text"], "none": None})
    async with opened(path) as one:
        assert await one.switches() == {"camera": True, "only": ["text"], "none": None}


async def test_only_this_user_can_read_what_is_kept(path):
    path.parent.mkdir(parents=True)
    path.parent.rmdir()
    async with opened(path) as one:
        await one.write([Entry((event(1),))], [], ANY)
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


async def test_another_process_of_the_same_name_is_refused(path):
    async with opened(path):
        with pytest.raises(NodeTakenError, match=r"this site and node.*another name"):
            await Store(path).open()
        said = run_elsewhere(
            """
            import asyncio, pathlib, sys
            from edge.storage.store import Store
            asyncio.run(Store(pathlib.Path(sys.argv[1])).open())
            """,
            path,
        )
        assert "NodeTakenError" in said.stderr
        async with opened(path.with_name("home.other.db")):
            pass
    async with opened(path):
        pass


async def test_a_process_that_is_killed_leaves_what_was_written_and_lets_go_of_the_name(path):
    said = run_elsewhere(
        """
        import asyncio, os, pathlib, signal, sys
        from edge.storage.entry import Entry, Limit, Numbered
        from edge.storage.store import Store
        from edge.wire.message import Message

        async def main():
            store = Store(pathlib.Path(sys.argv[1]))
            await store.open()
            await store.write([Entry((Numbered(1, Message("t", b"said", conversation="c1"), 1.0),))], [], Limit(9))
            os.kill(os.getpid(), signal.SIGKILL)

        asyncio.run(main())
        """,
        path,
    )
    assert said.returncode == -9
    async with opened(path) as one:
        assert [left.message.payload for left in await one.read(0, 10)] == [b"said"]


@pytest.mark.parametrize("durability, level", [(Durability.PROCESS, 1), (Durability.POWER, 2)])
async def test_how_much_is_outlived_is_what_sqlite_is_told(path, durability, level):
    async with opened(path, durability) as one:
        ask = one._database._connection.execute
        assert await one._run(lambda: ask("PRAGMA synchronous").fetchone()[0]) == level
        assert await one._run(lambda: ask("PRAGMA journal_mode").fetchone()[0]) == "wal"


def damaged(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE filler (text)")
        connection.executemany("INSERT INTO filler VALUES (?)", [("x" * 900,)] * 50)
    connection.close()
    path.write_bytes(path.read_bytes()[:5000])


def damaged_within(path):
    asyncio.run(_fill(path))
    content = path.read_bytes()
    path.write_bytes(content[:65_536] + b"\xaa" * 65_536 + content[131_072:])


def foreign(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE somebody_elses (text)")
    connection.close()


def newer(path):
    asyncio.run(_make(path))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


async def _make(path):
    async with opened(path):
        pass


async def _fill(path):
    async with opened(path) as one:
        await one.write([Entry(tuple(event(number, payload=bytes(2000)) for number in range(1, 100)))], [], ANY)


@pytest.mark.parametrize(
    "spoil, complaint",
    [
        (lambda path: path.write_bytes(b"no database at all " * 100), "damaged"),
        (damaged, "damaged|no file of undertone"),
        (damaged_within, "damaged"),
        (foreign, "no file of undertone"),
        (newer, "newer undertone"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_left_as_it_is(path, spoil, complaint):
    path.parent.mkdir(parents=True)
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(StorageError, match=complaint) as refused:
        asyncio.run(Store(path).open())
    assert str(path) in str(refused.value)
    assert "ove it away" in refused.value.remedy
    assert path.read_bytes() == before


async def test_a_folder_that_cannot_be_had_is_named_with_what_to_set(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match=r"file/undertone.*storage\.folder"):
        await Store(tmp_path / "file" / "undertone" / "home.desk.db").open()


async def allow(one, pages):
    """Let the file have no more than so many pages, as a full disk would."""
    await one._run(lambda: one._database._connection.execute(f"PRAGMA max_page_count = {pages}").fetchone())


async def test_a_note_that_the_disk_did_not_take_anew_is_not_gone_on_from(path):
    async with opened(path) as one:
        await one.write([Entry(note=Note("c1", {"lane": b"1"}))], [], ANY)
    async with opened(path) as one:
        assert await one.interrupted() is not None
        await allow(one, pages=10)
        with pytest.raises(LostError):
            await one.write([Entry(note=Note("c1", {"lane": bytes(200_000)}))], [], ANY)
    async with opened(path) as one:
        assert await one.interrupted() is None
        await one.write([Entry(note=Note("c1", {"lane": b"3"}))], [], ANY)
    async with opened(path) as one:
        assert (await one.interrupted()).parts == {"lane": b"3"}


async def test_a_file_that_was_long_becomes_short_again(path):
    async with opened(path) as one:
        await one.write(
            [Entry(tuple(event(number, payload=bytes(4000)) for number in range(1, 8000)))], [], Limit(8000)
        )
        await one.tidy()
        long = path.stat().st_size
        await one.write([], list(range(1, 8000)), ANY)
        await one.tidy()
        assert path.stat().st_size < 0.7 * long


async def test_a_disk_without_room_is_told_and_changes_nothing(path):
    async with opened(path) as one:
        await one.write([Entry((event(1),))], [], ANY)
        await allow(one, pages=10)
        with pytest.raises(LostError, match="full"):
            await one.write([Entry((event(2, payload=bytes(200_000)),), Note("c1", {"lane": b"1"}))], [1], ANY)
        assert await one.interrupted() is None
        assert await one.waiting() == (1, 1)
        await one.write([Entry((event(3),))], [1], ANY)
        assert await one.waiting() == (1, 3)


def test_a_limit_of_the_system_on_files_is_told(path):
    said = run_elsewhere(
        """
        import asyncio, json, pathlib, sys
        from edge.storage.entry import Entry, Limit, Numbered
        from edge.storage.store import Store
        from edge.wire.message import Message
        from model.errors import LostError

        async def main():
            store = Store(pathlib.Path(sys.argv[1]))
            await store.open()
            written = 0
            try:
                for number in range(1, 1000):
                    event = Numbered(number, Message("t", bytes(9000), conversation="c1"), 1.0)
                    await store.write([Entry((event,))], [], Limit(10_000))
                    written = number
            except LostError as error:
                print(json.dumps([written, str(error)]))
            print(json.dumps(await store.waiting()))

        asyncio.run(main())
        """,
        path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000)),
    )
    told, waiting = map(json.loads, said.stdout.splitlines())
    assert told[0] > 5
    assert str(path) not in told[1]  # it is said to everybody
    assert waiting == [told[0], told[0]]


async def test_a_store_is_opened_before_it_is_used_and_may_be_closed_twice():
    one = Store(None)
    with pytest.raises(RuntimeError, match="not open"):
        await one.interrupted()
    await one.open()
    await one.close()
    await one.close()


def test_a_store_has_a_file_per_site_and_node(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert store.create(StorageSettings(), "home", "desk").path == tmp_path / "undertone" / "home.desk.db"
    assert store.create(StorageSettings(folder=None), "home", "desk").path is None
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME")
    assert state_folder() == tmp_path / ".local" / "state" / "undertone"
    assert StorageSettings(folder="~/kept").folder == tmp_path / "kept"


async def test_a_note_of_which_it_is_not_known_whether_it_is_the_newest_is_not_gone_on_from(path):
    async with opened(path) as one:
        await one.write([Entry(note=Note("c1", {"lane": b"1"}))], [], ANY)
    path.with_suffix(".lock").write_bytes(b"")
    async with opened(path) as one:
        assert await one.interrupted() is None
