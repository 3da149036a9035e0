"""The last stage: everything that reaches it is handed to the publisher."""

from collections.abc import Sequence

from realtime.clock import Clock
from realtime.events import Event
from realtime.latency import LagWatch
from realtime.protocols import Publisher


class PublishStage:
    """Hands events to the outside, and says when they come too late.

    Args:
        publisher: Says them.
        clock: For noticing lag.
    """

    def __init__(self, publisher: Publisher, clock: Clock) -> None:
        self._publisher = publisher
        self._clock = clock
        self._watch = LagWatch()

    async def open(self) -> None:
        """Connect."""
        await self._publisher.open()

    async def process(self, event: Event) -> Sequence[Event]:
        """Publish; nothing comes after."""
        await self._publisher.publish(event)
        if (change := self._watch.notice(event, self._clock.now_s())) is not None:
            await self._publisher.publish(change)
        return ()

    async def flush(self) -> Sequence[Event]:
        """Nothing is held back."""
        return ()

    async def close(self) -> None:
        """Say goodbye and disconnect."""
        await self._publisher.close()
