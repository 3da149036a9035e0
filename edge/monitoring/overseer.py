"""Who looks after a running node: serves its figures, and tells the service manager that it makes progress."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, Protocol

from edge.monitoring.figures import Figures
from edge.monitoring.service_manager import ServiceManager
from edge.monitoring.settings import MonitoringSettings
from realtime.pipeline import StepStatistics

_STATUS_EVERY_S: Final = 10.0
_LOOKS_PER_WATCHDOG: Final = 4  # an item that takes three quarters of the watchdog's time is still progress


class Overseen(Protocol):
    """A node, as far as it must be known to look after it."""

    @property
    def monitoring(self) -> MonitoringSettings:
        """How it is looked after."""

    async def figures(self) -> Figures | None:
        """How it is doing; None before it is open."""

    def unready(self) -> tuple[str, ...]:
        """Why it does not listen and publish now; empty when it does."""

    def statistics(self) -> Mapping[str, StepStatistics]:
        """What its steps did so far."""

    @property
    def connected(self) -> bool:
        """Whether results reach whom they are for."""


class Movement:
    """Whether a stream moves: something was done since the last look, or there is nothing to do."""

    def __init__(self) -> None:
        self._done: tuple[int, ...] = ()

    def seen(self, steps: Mapping[str, StepStatistics]) -> bool:
        """Look again."""
        before, self._done = self._done, tuple(step.counters.processed for step in steps.values())
        return self._done != before or not any(step.waiting for step in steps.values())


@asynccontextmanager
async def overseen(node: Overseen, manager: ServiceManager) -> AsyncIterator[None]:
    """Look after a node until the context is left.

    Raises:
        SettingsError: Its figures cannot be served where they shall be.
    """
    async with AsyncExitStack() as closing:
        if node.monitoring.port is not None:
            # A web server takes a tenth of a second to import, and mostly nobody asks for it.
            from edge.monitoring.server import MonitoringServer, Subject  # noqa: PLC0415

            server = MonitoringServer(node.monitoring, Subject(node.figures, node.unready))
            closing.push_async_callback(server.close)
            await server.open()
        attending = asyncio.create_task(_attend(node, manager), name="overseer")
        try:
            yield
        finally:
            attending.cancel()
            await asyncio.wait({attending})
        if not attending.cancelled():
            attending.result()


async def _attend(node: Overseen, manager: ServiceManager) -> None:
    """Tell the service manager how the node is, and that it is alive for as long as its stream moves."""
    movement, every_s = Movement(), _STATUS_EVERY_S
    if manager.watchdog_s is not None:
        every_s = min(every_s, manager.watchdog_s / _LOOKS_PER_WATCHDOG)
    while True:
        # What waits for a broker that is away is not stuck.
        if movement.seen(node.statistics()) or not node.connected:
            manager.alive()
        manager.status(_line(node))
        await asyncio.sleep(every_s)


def _line(node: Overseen) -> str:
    return "not ready: " + "; ".join(reasons) if (reasons := node.unready()) else "listening"
