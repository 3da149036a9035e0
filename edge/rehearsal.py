"""A run in front of a subscriber, who misses no message of the node from its birth to its farewell."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from edge.app import App, RunReport
from edge.brokers.embedded import EmbeddedBroker
from edge.running import run_to_end
from edge.settings import AppSettings
from edge.watch.subscriber import Received, Subscription, subscribe
from edge.wire.node import Presence
from realtime.protocols import Source, SourceInfo

_FAREWELL_S = 5.0


async def rehearse(
    settings: AppSettings,
    broker: EmbeddedBroker,
    hear: Callable[[Received], None],
    on_ready: Callable[[SourceInfo], Awaitable[None]],
    source: Source | None = None,
    folder: Path | None = None,
) -> RunReport:
    """Run an application at a broker of its own and hear everything it publishes.

    Args:
        settings: What to run; its broker is replaced.
        broker: The broker, not yet open; it is closed at the end.
        hear: Called with every message that the broker delivered, in order.
        on_ready: Awaited when everything is ready, before the first sound is heard.
        source: Where sound comes from; None takes the part that the settings choose.
        folder: Where what waits for the broker is kept; None keeps nothing on disk.

    Raises:
        UsageError: As `App.open` and `App.run` do.
        KeyboardInterrupt: It was interrupted before it could end cleanly.
    """
    await broker.open()
    try:
        publisher = settings.publisher.model_copy(update={"broker": broker.url})
        app = App(settings.stored_in(folder).model_copy(update={"publisher": publisher}), source=source)
        async with subscribe(broker.url, settings.site) as messages:
            hearing = asyncio.create_task(_hear(messages, settings.node, hear), name="subscriber")
            try:
                report = await run_to_end(app, on_ready)
                await asyncio.wait_for(hearing, _FAREWELL_S)
            finally:
                hearing.cancel()
                await asyncio.wait({hearing})
        return report
    finally:
        await broker.close()


async def _hear(messages: Subscription, node: str, hear: Callable[[Received], None]) -> None:
    """Pass messages on until the node has said goodbye."""
    async for message in messages:
        hear(message)
        place = message.place
        if (place.id, place.subject) == (node, "status") and message.payload.get("status") == Presence.STOPPED:
            return
