"""What waits for the broker, in order and bounded: events on disk, everything else in memory."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from edge.mqtt.backoff import Backoff
from edge.mqtt.event_line import AHEAD
from edge.mqtt.waiting import Room, Waiting
from edge.storage.entry import Entry, Limit
from edge.storage.note import Note
from edge.storage.store import Store
from edge.wire.message import Message
from model.errors import LostError

_LOG = logging.getLogger(__name__)
_REMOVED_AT_ONCE: Final = 64
_TIDIED_EVERY_S: Final = 60.0
_LOG_BYTES: Final = 1 << 25


@dataclass(slots=True)
class _Put:
    """What somebody waits for to be written."""

    entry: Entry
    written: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


def steady_time() -> Callable[[], float]:
    """Seconds since 1970 that do not jump when the clock is set, as a board without a battery does after its start."""
    began_at = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return lambda: began_at + time.clock_gettime(time.CLOCK_BOOTTIME)


class Outbox:
    """Messages from the moment they are said until the broker has acknowledged them.

    Events are in the store before they can be taken and leave it after the broker has them; what an earlier start of
    the node left there goes first. Retained state is in memory, in its newest version; what may be lost anyway (QoS 0)
    does not outlive a connection.

    When too much waits, what may be lost goes first, then retained state, then the oldest events, which are counted.
    Where the disk takes nothing, events wait in memory, fewer of them, until it does: `trouble` says so.

    Args:
        store: Where events are kept; open.
        room: How much may wait. Of a store in memory, no more than may be in memory.
        now: Seconds since 1970.
        backoff: How long to wait before the disk is tried again.
    """

    def __init__(
        self,
        store: Store,
        room: Room | None = None,
        now: Callable[[], float] | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self._room = room or Room()
        self.capacity = self._room.events if store.path else min(self._room.events, self._room.memory)
        """How many messages may wait."""
        self.trouble = ""
        """Why nothing can be kept on disk; empty while it can."""
        self._store = store
        self._now = now or steady_time()
        self._backoff = backoff or Backoff()
        self._changed = asyncio.Condition()
        self._desk = asyncio.Lock()  # held from a request to the store until its result stands in memory
        self._waiting = Waiting(self._room)
        self._owed = Entry()  # the note that the disk did not take
        self._pending: list[_Put] = []
        self._writer: asyncio.Task[None] | None = None
        self._beside: set[asyncio.Task[None]] = set()
        self._asked: set[asyncio.Task[Counter[str]]] = set()
        self._unreadable = False
        self._told = ""

    def __len__(self) -> int:
        """Messages that the broker has not acknowledged."""
        return len(self._waiting)

    @property
    def dropped_ever(self) -> int:
        """How many events were dropped since the start."""
        return self._waiting.dropped_ever

    @property
    def oldest_s(self) -> float | None:
        """For how long the oldest event has waited, seconds; 0 where none does, None where it was not read yet."""
        if not self._waiting.events:
            return 0.0
        oldest_at = self._waiting.oldest_at()
        return None if oldest_at is None else max(0.0, self._now() - oldest_at)

    @property
    def fate(self) -> str:
        """What becomes of the events that wait when the program ends, in words."""
        return "they are lost" if self._store.path is None else "the events among them wait on disk for the next start"

    async def open(self) -> None:
        """Find what an earlier start left; what is too old or too much goes."""
        events, newest = await self._store.waiting()
        self._waiting.found(events, newest)
        if events:
            _LOG.info("%d events of earlier starts wait for the broker", events)
        await self.expire()
        await self._write([])
        self._beside = {asyncio.create_task(work, name="outbox") for work in (self._tend(), self._retry())}

    async def close(self) -> None:
        """Write what is not written yet; what waits stays for the next start. May be called twice."""
        if not self._beside:
            return
        for task in self._beside:
            task.cancel()
        await asyncio.wait({*self._beside, *self._asked, *([self._writer] if self._writer else [])})
        self._check()
        self._beside = set()
        await self._write([], retry=True)
        if unstored := self._waiting.unstored():
            _LOG.warning("%d events are lost: %s", len(unstored), self.trouble)

    async def put(self, *messages: Message, note: Note | None = None, over: str = "") -> None:
        """Let messages wait their turn, in order. The events among them are kept with the note, all or nothing.

        Args:
            messages: What to send.
            note: What a running conversation goes on from when these have been said.
            over: A conversation that has ended, whose note goes; empty for none.
        """
        self._check()
        admitted = [self._waiting.admit(message, self._now()) for message in messages]
        events = tuple(event for event in admitted if event is not None)
        self._waiting.shrink(self.capacity)
        if events or note is not None or over:
            await self._written(Entry(events, note, over))
            self._waiting.shrink(self.capacity)
        await self._tell()

    async def put_first(self, message: Message) -> None:
        """Let a retained message go before all that wait."""
        self._waiting.passing.add_first(message)
        await self._tell()

    async def take(self) -> Message:
        """The next message, once there is one; it stays ours until `done` or `recover`."""
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self._must_read or self._waiting.due)
                if not self._must_read:
                    return self._waiting.take()
            await self._read()

    async def done(self, message: Message) -> None:
        """The broker has it."""
        self._waiting.done(message)
        if len(self._waiting.gone) >= _REMOVED_AT_ONCE or not self._waiting.events:
            self._wake_writer()
        await self._tell()

    async def refused(self, message: Message) -> None:
        """The broker will never have it: it goes, and counts as dropped."""
        self._waiting.refused(message)
        self._wake_writer()
        await self._tell()

    async def recover(self) -> None:
        """The connection broke: what was underway waits again, in its order; what may be lost is let go."""
        self._waiting.recover()
        self._waiting.shrink(self.capacity)
        await self._tell()

    async def forget(self, conversation: str, speaker: str | None = None) -> Counter[str]:
        """Remove what waits about a conversation, or about one speaker in it, and what is noted of it.

        What is on its way to the broker at this moment may arrive.

        Returns:
            How many: `messages`, which leave a hole in the numbers of the conversation, and `notes`.

        Raises:
            LostError: It stays on the disk, which takes nothing. Nothing of what is in memory will be sent.
        """
        # Whoever asks may be cancelled, but not between the disk and the memory.
        forgetting = asyncio.create_task(self._forget(conversation, speaker), name="outbox forget")
        self._asked.add(forgetting)
        forgetting.add_done_callback(self._asked.discard)
        return await asyncio.shield(forgetting)

    async def conversations(self) -> list[str]:
        """Those of which something is on disk, of earlier starts, too."""
        return await self._store.conversations()

    async def expire(self) -> None:
        """Remove what has waited for too long."""
        before = self._now() - self._room.longest_s
        self._waiting.expire(before)
        async with self._desk:
            try:
                self._waiting.strike(await self._store.expire(before))
            except LostError as error:
                await self._fail(error)
        await self._tell()

    async def shrunk_to(self, messages: int) -> None:
        """Return once the broker lacks no more than so many."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self) <= messages)

    async def drained(self) -> None:
        """Return once the broker has everything."""
        await self.shrunk_to(0)

    async def relieved(self) -> None:
        """Return once something was dropped and half of the room is free again: now it can be told, and not before.

        Telling it to a full box would drop the next event, and in the end what was told before.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self._waiting.dropped and 2 * len(self) <= self.capacity)

    def take_dropped(self) -> Counter[str]:
        """What was dropped since the last call, by conversation."""
        dropped, self._waiting.dropped = self._waiting.dropped, Counter()
        return dropped

    async def trouble_changed(self) -> str:
        """`trouble`, once it is another than this returned before."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.trouble != self._told)
            self._told = self.trouble
            return self._told

    @property
    def _must_read(self) -> bool:
        return self._waiting.line.behind and not self._unreadable

    async def _read(self) -> None:
        """Read the next events from the disk, unless somebody just did."""
        async with self._desk:
            line = self._waiting.line
            if not self._must_read:
                return
            up_to = line.stored_to
            try:
                events = await self._store.read(line.read_to, AHEAD)
            except LostError as error:
                self._unreadable = True
                await self._fail(error)
            else:
                line.read(events, up_to, self._waiting.on_their_way())

    async def _written(self, entry: Entry) -> None:
        """Return once an entry is on disk, or is held because the disk does not take it."""
        put = _Put(entry)
        self._pending.append(put)
        writer = self._wake_writer()
        # A caller that is cancelled leaves the writing alone: others wait for it, too.
        await asyncio.wait({put.written, writer}, return_when=asyncio.FIRST_COMPLETED)
        if writer.done():
            writer.result()

    def _wake_writer(self) -> asyncio.Task[None]:
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all(), name="outbox writer")
        return self._writer

    async def _write_all(self) -> None:
        """Write what waits to be written, all of it in one transaction, and what came meanwhile in the next."""
        while self._pending or (self._waiting.gone and not self.trouble):
            puts, self._pending = self._pending, []
            await self._write([put.entry for put in puts])
            for put in puts:
                put.written.set_result(None)
            await self._tell()
            if self._store.log_bytes > _LOG_BYTES and not self.trouble:
                await self.tidy()

    async def _write(self, entries: Sequence[Entry], *, retry: bool = False) -> None:
        """Write entries, and what is owed from before; where the disk is known to take nothing, only to try again."""
        async with self._desk:
            if self.trouble and not retry:
                self._hold(entries)
                return
            waiting = self._waiting
            gone, waiting.gone = waiting.gone, []
            again = waiting.unstored()
            owed = Entry(again, self._owed.note, self._owed.over)
            limit = Limit(max(0, self.capacity - len(waiting.passing)), waiting.newest_underway())
            try:
                if self._unreadable:
                    await self._store.read(waiting.line.read_to, 1)
                removed = await self._store.write([owed, *entries], gone, limit, probe=retry)
            except LostError as error:
                waiting.gone += gone
                self._hold(entries)
                await self._fail(error)
            else:
                self._owed = Entry()
                waiting.stored(again, [event for entry in entries for event in entry.events])
                waiting.strike(removed)
                await self._mend()

    def _hold(self, entries: Sequence[Entry]) -> None:
        """Keep in memory what the disk did not take: the events, and the newest note."""
        for entry in entries:
            self._waiting.hold(entry.events)
            self._owed = self._owed.followed_by(entry)

    async def _fail(self, error: LostError) -> None:
        if not self.trouble:
            _LOG.warning("events wait in memory, where a crash loses them: %s: %s", self._store.path, error)
        self.trouble = str(error)
        await self._tell()

    async def _mend(self) -> None:
        self._unreadable = False
        if self.trouble:
            _LOG.warning("events are kept on disk again")
            self.trouble = ""
            self._backoff.reset()
            await self._tell()

    async def _retry(self) -> None:
        """Try the disk again, again and again, whenever it fails."""
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self.trouble)
            await asyncio.sleep(self._backoff.next_s())
            await self._write([], retry=True)

    async def _tend(self) -> None:
        """Now and then, remove what is too old, and empty the log, where what was removed still stands."""
        while True:
            await asyncio.sleep(_TIDIED_EVERY_S)
            await self.expire()
            await self.tidy()

    async def tidy(self) -> None:
        """Empty the log of the store, in which what was removed still stands."""
        async with self._desk:
            try:
                await self._store.tidy()
            except LostError as error:
                await self._fail(error)

    async def _forget(self, conversation: str, speaker: str | None) -> Counter[str]:
        while self._writer is not None and not self._writer.done():
            await asyncio.wait({self._writer})
        async with self._desk:
            numbers = self._waiting.forget(conversation, speaker)
            owed = self._owed.note is not None and self._owed.note.conversation == conversation
            if owed:
                self._owed = Entry(over=conversation)
            removed, notes = await self._store.forget(conversation, speaker)
            numbers |= self._waiting.forgotten_on_disk(removed, numbers)
        await self._tell()
        return Counter({"messages": len(numbers), "notes": max(notes, int(owed))})

    def _check(self) -> None:
        """Raise what nobody foresaw."""
        for task in (*self._beside, *([self._writer] if self._writer else [])):
            if task.done() and not task.cancelled():
                task.result()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
