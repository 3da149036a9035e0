"""The queue between two workers."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.channel import Channel, ChannelClosedError, Policy


async def drain(channel: Channel[int]) -> list[int]:
    return [item async for item in channel]


async def test_items_come_out_in_order_and_the_end_follows_them():
    channel: Channel[int] = Channel("numbers", 3)
    for number in (1, 2, 3):
        await channel.send(number)
    await channel.close()
    assert await drain(channel) == [1, 2, 3]


async def test_a_full_channel_makes_the_sender_wait_until_there_is_room():
    channel: Channel[int] = Channel("numbers", 1)
    await channel.send(1)
    second = asyncio.create_task(channel.send(2))
    await asyncio.sleep(0)
    assert not second.done()
    reader = aiter(channel)
    assert await anext(reader) == 1
    await second
    assert await anext(reader) == 2
    assert channel.dropped == 0


async def test_drop_oldest_drops_only_what_may_be_dropped_and_counts_it():
    channel: Channel[int] = Channel("numbers", 2, Policy.DROP_OLDEST, may_drop=lambda number: number < 10)
    for number in (1, 10, 2):
        await channel.send(number)
    await channel.close()
    assert await drain(channel) == [10, 2]
    assert channel.dropped == 1


async def test_drop_oldest_drops_the_new_item_when_everything_waiting_must_stay():
    channel: Channel[int] = Channel("numbers", 2, Policy.DROP_OLDEST, may_drop=lambda number: number < 10)
    for number in (10, 11, 3):
        await channel.send(number)
    await channel.close()
    assert await drain(channel) == [10, 11]
    assert channel.dropped == 1


async def test_drop_oldest_waits_when_nothing_may_be_dropped():
    channel: Channel[int] = Channel("numbers", 1, Policy.DROP_OLDEST, may_drop=lambda number: number < 10)
    await channel.send(10)
    second = asyncio.create_task(channel.send(11))
    await asyncio.sleep(0)
    assert not second.done()
    assert await anext(aiter(channel)) == 10
    await second


async def test_join_merges_with_the_last_waiting_item_only():
    def add_even(first: int, second: int) -> int | None:
        return first + second if first % 2 == second % 2 == 0 else None

    channel: Channel[int] = Channel("numbers", 8, Policy.JOIN, join=add_even)
    for number in (2, 4, 1, 6, 8):
        await channel.send(number)
    await channel.close()
    assert await drain(channel) == [6, 1, 14]
    assert channel.joined == 2


async def test_closing_frees_a_waiting_sender_and_refuses_the_next():
    channel: Channel[int] = Channel("numbers", 1)
    await channel.send(1)
    waiting = asyncio.create_task(channel.send(2))
    await asyncio.sleep(0)
    await channel.close()
    with pytest.raises(ChannelClosedError):
        await waiting
    with pytest.raises(ChannelClosedError):
        await channel.send(3)
    await channel.close()


def test_a_channel_that_could_hold_nothing_is_refused():
    with pytest.raises(ValueError, match="can hold nothing"):
        Channel("numbers", 0)


@given(st.lists(st.integers(), max_size=40), st.integers(1, 5))
def test_waiting_loses_and_reorders_nothing_whatever_the_capacity(numbers: list[int], capacity: int):
    async def exchange() -> list[int]:
        channel: Channel[int] = Channel("numbers", capacity)

        async def produce() -> None:
            for number in numbers:
                await channel.send(number)
            await channel.close()

        async with asyncio.TaskGroup() as group:
            group.create_task(produce())
            consumer = group.create_task(drain(channel))
        assert channel.deepest <= capacity
        return consumer.result()

    assert asyncio.run(exchange()) == numbers
