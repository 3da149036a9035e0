import asyncio

from edge.mqtt.outbox import Outbox
from edge.wire.message import Message


def event(number):
    return Message("emotion", str(number).encode(), conversation="c1")


def partial(number):
    return Message("partial", str(number).encode(), qos=0, conversation="c1")


def state(number, topic="state"):
    return Message(topic, str(number).encode(), retain=True, conversation="c1")


async def filled(capacity, *messages):
    outbox = Outbox(capacity)
    for message in messages:
        await outbox.put(message)
    return outbox


async def taken(outbox, count):
    return [await outbox.take() for _ in range(count)]


async def test_messages_leave_in_order():
    outbox = await filled(10, event(1), state(2), event(3))
    assert await taken(outbox, 3) == [event(1), state(2), event(3)]


async def test_take_waits_for_a_message():
    outbox = Outbox(10)
    taking = asyncio.create_task(outbox.take())
    await asyncio.sleep(0)
    assert not taking.done()
    await outbox.put(event(1))
    assert await taking == event(1)


async def test_partials_go_before_events_and_the_oldest_event_before_newer_ones():
    outbox = await filled(3, event(1), partial(2), event(3), event(4), event(5))
    assert await taken(outbox, 3) == [event(3), event(4), event(5)]
    assert outbox.take_dropped() == {"c1": 1}
    assert outbox.take_dropped() == {}


async def test_a_newer_state_replaces_the_one_that_waits():
    outbox = await filled(3, state(1), event(2), state(3))
    assert await taken(outbox, 2) == [event(2), state(3)]
    assert outbox.take_dropped() == {}


async def test_what_was_underway_when_the_connection_broke_is_sent_again_in_order():
    outbox = await filled(10, event(1), partial(2), event(3), event(4))
    await taken(outbox, 3)
    await outbox.done(event(1))
    await outbox.put(event(5))
    await outbox.recover()
    assert await taken(outbox, 3) == [event(3), event(4), event(5)]


async def test_drained_is_when_the_broker_has_everything():
    outbox = await filled(10, event(1))
    draining = asyncio.create_task(outbox.drained())
    message = await outbox.take()
    await asyncio.sleep(0)
    assert not draining.done()
    await outbox.done(message)
    await draining
    assert len(outbox) == 0


async def test_what_was_dropped_is_told_when_half_of_the_room_is_free_and_not_before():
    outbox = await filled(4, *map(event, range(6)))
    telling = asyncio.create_task(outbox.relieved())
    for message in await taken(outbox, 2):
        await asyncio.sleep(0)
        assert not telling.done()
        await outbox.done(message)
    await telling
    assert outbox.take_dropped() == {"c1": 2}
