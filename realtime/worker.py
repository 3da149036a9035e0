"""The only loop: it reads a channel, runs a stage, and sends on; timing, counters and per-item errors live here."""

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from model.errors import SkippableError
from realtime.channel import Channel, ChannelClosedError
from realtime.clock import Clock
from realtime.events import Event, Failure
from realtime.stage import Stage

_LOG = logging.getLogger(__name__)
_RECENT = 4096


@dataclass(slots=True)
class Counters:
    """What a worker did so far; `recent_s` holds the newest processing times in seconds."""

    processed: int = 0
    failed: int = 0
    busy_s: float = 0.0
    recent_s: deque[float] = field(default_factory=lambda: deque(maxlen=_RECENT))


class Worker:
    """Runs one stage from its inbox to its outbox until the inbox ends or nobody reads the outbox.

    Args:
        name: For logs, statistics and failures.
        stage: What is run; the worker's owner opens and closes it.
        inbox: Where events come from.
        outbox: Where results go; None for the last stage.
        clock: For timing.
    """

    def __init__(
        self, name: str, stage: Stage, inbox: Channel[Event], outbox: Channel[Event] | None, clock: Clock
    ) -> None:
        self.name = name
        self.stage = stage
        self.inbox = inbox
        self.outbox = outbox
        self.counters = Counters()
        self._clock = clock

    async def run(self) -> None:
        """Work until the stream ends. On every way out the end is passed on, up and down the stream."""
        try:
            async for event in self.inbox:
                await self._send(await self._process(event))
            await self._send(await self.stage.flush())
        except ChannelClosedError:
            _LOG.info("%s: nobody reads its results any more", self.name)
        finally:
            await self.inbox.close()
            if self.outbox is not None:
                await self.outbox.close()

    async def _process(self, event: Event) -> Sequence[Event]:
        started_s = self._clock.now_s()
        try:
            return await self.stage.process(event)
        except SkippableError as error:
            self.counters.failed += 1
            segment = getattr(event, "segment", None)
            skipped = "%s: skipped %s %s: %s"
            _LOG.warning(skipped, self.name, type(event).__name__, segment or "", error, extra=_about(event))
            return (Failure(self.name, type(error).__name__, str(error), segment),)
        finally:
            elapsed_s = self._clock.now_s() - started_s
            self.counters.processed += 1
            self.counters.busy_s += elapsed_s
            self.counters.recent_s.append(elapsed_s)

    async def _send(self, results: Sequence[Event]) -> None:
        if self.outbox is not None:
            for result in results:
                await self.outbox.send(result)


def _about(event: Event) -> dict[str, str | None]:
    """The conversation and the utterance of an event, as a line of the log names them."""
    heard = getattr(event, "heard", event)
    utterance = getattr(heard, "utterance", None)
    return {"conversation": getattr(heard, "conversation", None), "utterance": getattr(utterance, "id", None)}
