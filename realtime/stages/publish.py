"""The last stage: everything that reaches it is handed to the publisher."""

from collections.abc import Sequence

from realtime.clock import Clock
from realtime.events import Event
from realtime.latency import LagWatch
from realtime.orders import Forget, Relabel
from realtime.protocols import Publisher
from realtime.recovery import Together


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
        events = event.events if isinstance(event, Together) else (event,)
        await self._publisher.publish(*events)
        if isinstance(event, Relabel | Forget):
            event.done.set()
        for said in events:
            if (change := self._watch.notice(said, self._clock.now_s())) is not None:
                await self._publisher.publish(change)
        return ()

    async def flush(self) -> Sequence[Event]:
        """Nothing is held back."""
        return ()

    async def close(self) -> None:
        """Say goodbye and disconnect."""
        await self._publisher.close()
