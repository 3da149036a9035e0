"""The last stage: everything that reaches it is handed to the publisher."""

from collections.abc import Sequence

from realtime.events import Event
from realtime.protocols import Publisher


class PublishStage:
    """Hands events to the outside.

    Args:
        publisher: Says them.
    """

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def open(self) -> None:
        """Connect."""
        await self._publisher.open()

    async def process(self, event: Event) -> Sequence[Event]:
        """Publish; nothing comes after."""
        await self._publisher.publish(event)
        return ()

    async def flush(self) -> Sequence[Event]:
        """Nothing is held back."""
        return ()

    async def close(self) -> None:
        """Say goodbye and disconnect."""
        await self._publisher.close()
