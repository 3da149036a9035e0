"""Where the source's events meet what other parts have to say to the stream: a camera that was lost, a mute."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from realtime.events import Event


class Confluence:
    """One stream made of the source's events and those that are said besides.

    What is said comes out before the source's next event. Said before the stream runs it waits for it; said after its
    end it is nobody's business any more.
    """

    def __init__(self) -> None:
        self._said: deque[Event] = deque()
        self._spoke = asyncio.Event()

    def say(self, event: Event) -> None:
        """Put an event into the stream. From the event loop only; few, since they are kept until they are taken."""
        self._said.append(event)
        self._spoke.set()

    async def joined(self, source: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
        """The source's events and what is said between them, until the source ends; raises what it raises."""
        coming: asyncio.Task[Event | None] | None = None
        try:
            while True:
                while self._said:
                    yield self._said.popleft()
                if coming is None:
                    coming = asyncio.create_task(_next(source), name="source's next event")
                await self._either(coming)
                if coming.done():
                    event = coming.result()
                    coming = None
                    if event is None:
                        return
                    yield event
        finally:
            if coming is not None:
                coming.cancel()
                await asyncio.wait({coming})
            await source.aclose()

    async def _either(self, coming: asyncio.Task[Event | None]) -> None:
        """Return when the source's next event is there, or something was said."""
        self._spoke.clear()
        speaking = asyncio.create_task(self._spoke.wait(), name="something said")
        try:
            await asyncio.wait({coming, speaking}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            speaking.cancel()


async def _next(source: AsyncGenerator[Event, None]) -> Event | None:
    """The next event; None at the end."""
    return await anext(source, None)
