import asyncio
from collections import Counter
from contextlib import asynccontextmanager

import pytest

from edge.mqtt.backoff import Backoff
from edge.mqtt.outbox import Outbox, steady_time
from edge.mqtt.waiting import Room
from edge.storage.note import Note
from edge.storage.store import Store
from edge.wire.message import Message
from model.errors import LostError


def event(number, conversation="c1", speaker=None):
    return Message("emotion", str(number).encode(), conversation=conversation, speaker=speaker)


def partial(number):
    return Message("partial", str(number).encode(), qos=0, conversation="c1")


def state(number, topic="state"):
    return Message(topic, str(number).encode(), retain=True, conversation="c1")


class FullDisk(Store):
    """Takes nothing while it is full, and gives nothing while it is unreadable."""

    full = False
    unreadable = False

    async def write(self, *args, **options):
        if self.full:
            raise LostError("no room")
        return await super().write(*args, **options)

    async def read(self, *args):
        if self.unreadable:
            raise LostError("cannot be read")
        return await super().read(*args)


class Now:
    """A clock that stands still until it is set."""

    def __init__(self):
        self.s = 1_000_000.0

    def __call__(self):
        return self.s


@pytest.fixture(params=["memory", "file"])
def path(request, tmp_path):
    return None if request.param == "memory" else tmp_path / "home.desk.db"


@asynccontextmanager
async def opened(path=None, *, messages=(), store=Store, **options):
    """An outbox in a store of its own; `Room` of a hundred messages unless it says otherwise."""
    kept = store(path)
    await kept.open()
    outbox = Outbox(kept, options.pop("room", Room(100, 100)), backoff=Backoff(lambda: 0.0), **options)
    await outbox.open()
    try:
        for message in messages:
            await outbox.put(message)
        yield outbox
    finally:
        await outbox.close()
        await kept.close()


async def taken(outbox, count):
    return [await asyncio.wait_for(outbox.take(), 5) for _ in range(count)]


async def sent(outbox, count):
    """What the broker has: taken and acknowledged."""
    messages = []
    for _ in range(count):
        (message,) = await taken(outbox, 1)
        messages.append(message)
        await outbox.done(message)
    return messages


async def test_messages_leave_in_the_order_in_which_they_were_said(path):
    said = [event(1), state(2), event(3), partial(4), event(5)]
    async with opened(path, messages=said) as outbox:
        assert await taken(outbox, 5) == said


async def test_what_is_said_in_one_piece_leaves_in_order(path):
    said = [event(1), state(2), event(3), partial(4), event(5)]
    async with opened(path) as outbox:
        await outbox.put(*said)
        assert await taken(outbox, 5) == said


async def test_what_many_say_at_once_leaves_in_the_order_in_which_it_was_said(path):
    async with opened(path) as outbox:
        said = [event(number) if number % 3 else state(number, f"state {number}") for number in range(50)]
        await asyncio.gather(*(outbox.put(message) for message in said))
        assert await taken(outbox, 50) == said


async def test_take_waits_for_a_message(path):
    async with opened(path) as outbox:
        taking = asyncio.create_task(outbox.take())
        await asyncio.sleep(0)
        assert not taking.done()
        await outbox.put(event(1))
        assert await taking == event(1)


async def test_what_may_be_lost_goes_first_then_state_then_the_oldest_event(path):
    said = [event(1), partial(2), state(3)]
    async with opened(path, messages=said, room=Room(3, 3)) as outbox:
        await outbox.put(event(4))
        assert len(outbox) == 3
        await outbox.put(event(5))
        assert outbox.take_dropped() == {}
        await outbox.put(event(6), event(7))
        assert outbox.take_dropped() == {"c1": 2}
        assert outbox.take_dropped() == {}
        assert await taken(outbox, 3) == [event(5), event(6), event(7)]


async def test_what_is_on_its_way_is_not_dropped(path):
    async with opened(path, messages=[event(1), event(2), event(3)], room=Room(3, 3)) as outbox:
        assert await taken(outbox, 2) == [event(1), event(2)]
        await outbox.put(event(4))
        assert outbox.take_dropped() == {"c1": 1}
        await outbox.recover()
        assert await taken(outbox, 3) == [event(1), event(2), event(4)]


async def test_a_newer_state_replaces_the_one_that_waits(path):
    async with opened(path, messages=[state(1), event(2), state(3)]) as outbox:
        assert await taken(outbox, 2) == [event(2), state(3)]
        assert outbox.take_dropped() == {}


async def test_what_was_underway_when_the_connection_broke_is_sent_again_in_order(path):
    async with opened(path, messages=[event(1), partial(2), event(3), state(4), event(5)]) as outbox:
        await taken(outbox, 4)
        await outbox.done(event(1))
        await outbox.put(event(6))
        await outbox.recover()
        assert await taken(outbox, 4) == [event(3), state(4), event(5), event(6)]


async def test_a_state_that_was_underway_does_not_come_back_over_a_newer_one(path):
    async with opened(path, messages=[state(1)]) as outbox:
        await taken(outbox, 1)
        await outbox.put(state(2))
        await outbox.recover()
        assert await taken(outbox, 1) == [state(2)]
        assert len(outbox) == 1


async def test_drained_is_when_the_broker_has_everything(path):
    async with opened(path, messages=[event(1)]) as outbox:
        draining = asyncio.create_task(outbox.drained())
        message = await outbox.take()
        await asyncio.sleep(0)
        assert not draining.done()
        await outbox.done(message)
        await draining
        assert len(outbox) == 0


async def test_what_was_dropped_is_told_when_half_of_the_room_is_free_and_not_before(path):
    async with opened(path, messages=map(event, range(6)), room=Room(4, 4)) as outbox:
        telling = asyncio.create_task(outbox.relieved())
        for message in await taken(outbox, 2):
            await asyncio.sleep(0)
            assert not telling.done()
            await outbox.done(message)
        await telling
        assert outbox.take_dropped() == {"c1": 2}


async def test_a_farewell_goes_before_what_waits(path):
    async with opened(path, messages=[event(1), state(2, "status")]) as outbox:
        await outbox.put_first(state(3, "status"))
        assert await taken(outbox, 2) == [state(3, "status"), event(1)]
        assert len(outbox) == 2


async def test_a_store_in_memory_holds_no_more_than_memory_may():
    async with opened(None, room=Room(100, 5)) as outbox:
        assert outbox.capacity == 5
        assert outbox.fate == "they are lost"


async def test_what_an_earlier_start_left_goes_first_in_order(tmp_path):
    path = tmp_path / "home.desk.db"
    async with opened(path, messages=[event(1, speaker="ann"), state(2), event(3), event(4)]) as outbox:
        assert await sent(outbox, 1) == [event(1, speaker="ann")]
        await taken(outbox, 1)
        assert "wait on disk" in outbox.fate
    async with opened(path, messages=[event(5)]) as outbox:
        assert len(outbox) == 3
        assert await sent(outbox, 3) == [event(3), event(4), event(5)]
    async with opened(path) as outbox:
        assert len(outbox) == 0


async def test_a_long_backlog_is_read_piece_by_piece_while_more_is_said(tmp_path):
    said = [event(number) for number in range(3000)]
    async with opened(tmp_path / "home.desk.db", room=Room(10_000, 100)) as outbox:
        await outbox.put(*said[:2000])
        first = await sent(outbox, 700)
        await outbox.put(*said[2000:])
        await taken(outbox, 5)
        await outbox.recover()
        assert first + await sent(outbox, 2300) == said
        assert len(outbox) == 0


async def test_what_has_waited_for_too_long_goes_and_is_counted(path):
    now = Now()
    async with opened(path, now=now, room=Room(100, 100, longest_s=60.0)) as outbox:
        await outbox.put(event(1), event(2))
        now.s += 40
        await outbox.put(event(3, "c2"))
        now.s += 30
        await outbox.expire()
        assert outbox.take_dropped() == {"c1": 2}
        assert await taken(outbox, 1) == [event(3, "c2")]
        now.s += 60
        await outbox.expire()
        assert outbox.take_dropped() == {}
        await outbox.done(event(3, "c2"))
        assert len(outbox) == 0


async def test_what_waited_for_too_long_while_nobody_ran_goes_at_the_next_start(tmp_path):
    now, path = Now(), tmp_path / "home.desk.db"
    async with opened(path, now=now, messages=[event(1)]):
        pass
    now.s += 8 * 86_400
    async with opened(path, now=now) as outbox:
        assert outbox.take_dropped() == {"c1": 1}
        assert len(outbox) == 0


async def test_what_is_forgotten_is_not_sent_and_is_counted(path):
    ann, ben = ({"speaker": name} for name in ("ann", "ben"))
    async with opened(path) as outbox:
        await outbox.put(event(1, **ann), event(2, **ben), event(3, **ann), event(4, "c2", **ann))
        await outbox.put(partial(5), note=Note("c1", {"heard": b"words", "lane": b"figures"}))
        assert await outbox.forget("c1", "ann") == Counter({"messages": 2, "notes": 2})
        assert await outbox.forget("c1") == Counter({"messages": 1})
        assert await taken(outbox, 1) == [event(4, "c2", **ann)]
        assert len(outbox) == 1


async def test_what_is_forgotten_on_its_way_is_not_sent_again(path):
    async with opened(path, messages=[event(1), event(2)]) as outbox:
        await taken(outbox, 1)
        assert await outbox.forget("c1") == Counter({"messages": 1})
        await outbox.recover()
        assert len(outbox) == 0
        assert outbox.take_dropped() == {"c1": 1}


async def test_where_the_disk_is_full_events_wait_in_memory_and_are_written_when_it_is_not(tmp_path):
    path = tmp_path / "home.desk.db"
    async with opened(path, messages=[event(1)], store=FullDisk) as outbox:
        telling = asyncio.create_task(outbox.trouble_changed())
        outbox._store.full = True
        await outbox.put(event(2), note=Note("c1", {"lane": b"second"}))
        assert "no room" in await telling
        await outbox.put(event(3))
        assert await taken(outbox, 2) == [event(1), event(2)]
        outbox._store.full = False
        assert await asyncio.wait_for(outbox.trouble_changed(), 5) == ""
        await outbox.put(event(4))
    async with opened(path) as outbox:
        assert (await outbox._store.interrupted()).parts == {"lane": b"second"}
        assert await taken(outbox, 4) == [event(1), event(2), event(3), event(4)]


async def test_a_full_disk_lets_no_more_wait_than_memory_may_hold(tmp_path):
    async with opened(tmp_path / "home.desk.db", store=FullDisk, room=Room(100, 3)) as outbox:
        outbox._store.full = True
        for number in range(5):
            await outbox.put(event(number))
        assert outbox.take_dropped() == {"c1": 2}
        assert await sent(outbox, 3) == [event(2), event(3), event(4)]
        assert len(outbox) == 0


async def test_what_cannot_be_read_does_not_hold_up_what_is_said_meanwhile(tmp_path):
    path = tmp_path / "home.desk.db"
    async with opened(path, messages=[event(1)]):
        pass
    async with opened(path, store=FullDisk) as outbox:
        outbox._store.unreadable = True
        outbox._store.full = True
        await outbox.put(event(2))
        assert await taken(outbox, 1) == [event(2)]
        outbox._store.unreadable = False
        outbox._store.full = False
        assert await taken(outbox, 1) == [event(1)]
        await outbox.recover()
        assert await taken(outbox, 2) == [event(1), event(2)]


async def test_whoever_is_cancelled_while_writing_leaves_the_others_alone(tmp_path):
    async with opened(tmp_path / "home.desk.db") as outbox:
        one, other = (asyncio.create_task(outbox.put(event(number))) for number in (1, 2))
        await asyncio.sleep(0)
        one.cancel()
        await other
        assert await taken(outbox, 2) == [event(1), event(2)]


def test_steady_time_is_the_time_of_day():
    before = steady_time()
    assert abs(before() - steady_time()()) < 1.0
