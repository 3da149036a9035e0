"""One stream of a source's events and of what is said besides."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from realtime.confluence import Confluence
from realtime.events import Event, Quiet


class Flow:
    """A source that yields what it is fed, and remembers that it was closed."""

    def __init__(self) -> None:
        self.feed: asyncio.Queue[Event | Exception | None] = asyncio.Queue()
        self.listened = False
        self.closed = False

    async def events(self) -> AsyncGenerator[Event, None]:
        self.listened = True
        try:
            while (event := await self.feed.get()) is not None:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.closed = True


async def test_what_is_said_comes_out_although_the_source_is_silent():
    flow, confluence = Flow(), Confluence()
    stream = confluence.joined(flow.events())
    first = asyncio.create_task(anext(stream))
    await asyncio.sleep(0)
    confluence.say(Quiet(1.0))
    assert await first == Quiet(1.0)
    flow.feed.put_nowait(Quiet(2.0))
    assert await anext(stream) == Quiet(2.0)
    await stream.aclose()
    assert flow.closed


async def test_nothing_is_lost_and_each_side_keeps_its_order():
    flow, confluence = Flow(), Confluence()
    for number in range(50):
        flow.feed.put_nowait(Quiet(number))
        confluence.say(Quiet(1000 + number))
    flow.feed.put_nowait(None)
    heard = [event.until_s async for event in confluence.joined(flow.events())]
    assert [moment for moment in heard if moment < 1000] == list(range(50))
    assert [moment for moment in heard if moment >= 1000] == [1000 + number for number in range(50)]


async def test_the_source_s_failure_is_the_stream_s():
    flow, confluence = Flow(), Confluence()
    flow.feed.put_nowait(Quiet(1.0))
    flow.feed.put_nowait(OSError("gone"))
    stream = confluence.joined(flow.events())
    assert await anext(stream) == Quiet(1.0)
    with pytest.raises(OSError, match="gone"):
        await anext(stream)


@pytest.mark.parametrize("steps", range(6))
async def test_it_may_be_cancelled_at_any_moment_and_the_source_is_closed(steps):
    flow, confluence = Flow(), Confluence()
    flow.feed.put_nowait(Quiet(1.0))

    async def listen():
        stream = confluence.joined(flow.events())
        try:
            async for _ in stream:
                confluence.say(Quiet(2.0))
                await asyncio.sleep(0)
        finally:
            await stream.aclose()

    task = asyncio.create_task(listen())
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert flow.closed == flow.listened
