"""The stream as a whole: a source, and one worker per stage, joined by channels."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from model.errors import UndertoneError
from realtime.channel import Channel, ChannelClosedError
from realtime.clock import Clock
from realtime.events import Event
from realtime.stage import Stage
from realtime.worker import Counters, Worker

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of the stream, its name, and the channel that feeds it."""

    name: str
    stage: Stage
    inbox: Channel[Event]


@dataclass(frozen=True, slots=True)
class StepStatistics:
    """What one step did and what waited before it; `waiting` is what waits now."""

    counters: Counters
    deepest: int
    dropped: int
    joined: int
    waiting: int = 0


class Pipeline:
    """Moves events from a source through the steps, each in a worker of its own.

    `open` makes everything ready, `run` moves events until the source ends or `stop` is called, `close` lets go.
    Stopping and ending are one path: the source's channel closes and the end travels downstream, every stage flushing
    what it held.

    Args:
        steps: The stages in order; the first one's inbox takes the source's events.
        clock: For timing.
    """

    def __init__(self, steps: Sequence[Step], clock: Clock) -> None:
        outboxes = [step.inbox for step in steps[1:]]
        self._workers = [
            Worker(step.name, step.stage, step.inbox, outbox, clock)
            for step, outbox in zip(steps, [*outboxes, None], strict=True)
        ]
        self._opened = AsyncExitStack()
        self._stop = asyncio.Event()
        self._source_failure: UndertoneError | None = None

    async def open(self) -> None:
        """Open all stages at once. If one cannot open, those that did are closed and its error is raised."""
        for worker in self._workers:
            self._opened.push_async_callback(worker.stage.close)
        try:
            async with asyncio.TaskGroup() as group:
                for worker in self._workers:
                    group.create_task(worker.stage.open(), name=f"open {worker.name}")
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def run(self, events: AsyncGenerator[Event, None]) -> None:
        """Move events until the stream ends; the last result is out when this returns.

        Raises:
            UndertoneError: The source failed; what it gave before that was processed to the end.
            Exception: A bug in any stage, at once.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for worker in self._workers:
                    group.create_task(worker.run(), name=worker.name)
                group.create_task(self._feed(events), name="source")
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
        if self._source_failure is not None:
            raise self._source_failure

    def stop(self) -> None:
        """Take nothing more from the source; what was taken is still processed. May be called twice, at any moment."""
        self._stop.set()

    async def close(self) -> None:
        """Close all stages, the last first. May be called twice."""
        await self._opened.aclose()

    def statistics(self) -> dict[str, StepStatistics]:
        """Per step: what was done, failed, dropped and joined."""
        return {
            worker.name: StepStatistics(
                worker.counters, worker.inbox.deepest, worker.inbox.dropped, worker.inbox.joined, len(worker.inbox)
            )
            for worker in self._workers
        }

    async def _feed(self, events: AsyncGenerator[Event, None]) -> None:
        """Take from the source until it ends, `stop` is called, or nobody listens any more."""
        inbox = self._workers[0].inbox
        taking = asyncio.create_task(self._take(events, inbox), name="take from source")
        endings = [asyncio.create_task(self._stop.wait()), asyncio.create_task(inbox.wait_closed())]
        try:
            await asyncio.wait([taking, *endings], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (taking, *endings):
                task.cancel()
            await asyncio.wait([taking, *endings])
            await events.aclose()
            await inbox.close()
        if not taking.cancelled():
            self._judge(taking.exception())

    def _judge(self, failure: BaseException | None) -> None:
        """Keep a failure of the source until the stages have worked off what it gave; raise a bug at once."""
        if failure is not None and not isinstance(failure, UndertoneError):
            raise failure
        self._source_failure = failure

    async def _take(self, events: AsyncGenerator[Event, None], inbox: Channel[Event]) -> None:
        if self._stop.is_set():
            return
        try:
            async for event in events:
                await inbox.send(event)
        except ChannelClosedError:
            _LOG.info("source: nobody listens any more")
