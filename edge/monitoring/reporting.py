"""Publishes a node's figures, again and again."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from edge.monitoring.figures import Figures
from edge.wire.message import Message
from edge.wire.stamp import Stamp
from edge.wire.stats import stats_message
from edge.wire.topics import Topics
from realtime.clock import Clock


class Reporter(Protocol):
    """Who can say something that nobody misses when it is lost."""

    async def report(self, message: Message) -> None:
        """Say it, or leave it out."""


class Reporting:
    """Says how a node is doing as `node/…/stats`.

    Args:
        gather: The figures of this moment; None where there are none yet.
        reporter: Says them.
        topics: Where.
        stamp: Stamps them.
        every_s: How often, seconds.
        clock: For waiting.
    """

    def __init__(
        self,
        gather: Callable[[], Awaitable[Figures | None]],
        reporter: Reporter,
        topics: Topics,
        stamp: Stamp,
        every_s: float,
        clock: Clock,
    ) -> None:
        self._gather = gather
        self._reporter = reporter
        self._topics = topics
        self._stamp = stamp
        self._every_s = every_s
        self._clock = clock

    async def run(self) -> None:
        """Say it at once and from then on, until cancelled; what took too long is not made up for."""
        while True:
            began_at = self._clock.now_s()
            if (figures := await self._gather()) is not None:
                await self._reporter.report(stats_message(figures, self._topics, self._stamp))
            await self._clock.sleep_until(began_at + self._every_s)
