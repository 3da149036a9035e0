"""Who stands beside the publisher and notes how results come, without keeping anything of what they say."""

import logging
from collections import deque
from typing import Final

from edge.monitoring.figures import Durations, durations
from realtime.clock import Clock
from realtime.events import (
    SAMPLE_RATE_HZ,
    AudioGap,
    ConversationEnded,
    ConversationStarted,
    Event,
    Failure,
    Health,
    Heard,
    Latency,
    PartHealth,
    Understood,
)
from realtime.protocols import Publisher

_LOG = logging.getLogger(__name__)
_RECENT: Final = 4096
_PARTS: Final = ("endpoint", "transcribe", "encode", "analyse", "queue", "total")


class Series:
    """Durations in seconds, of which the newest are kept."""

    def __init__(self) -> None:
        self._newest_s: deque[float] = deque(maxlen=_RECENT)
        self._total_s = 0.0
        self._count = 0

    def note(self, took_s: float) -> None:
        """One more."""
        self._newest_s.append(took_s)
        self._total_s += took_s
        self._count += 1

    def figures(self) -> Durations:
        """What they come to."""
        return durations(self._newest_s, self._total_s, self._count)


class Onlooker:
    """A publisher that counts what it hands on to another.

    Args:
        publisher: Says the events.
        clock: The clock of the pipeline's latencies.

    Attributes:
        utterances: Handed on so far.
        failures: Items that could not be processed, of which it was told.
        lag_s: How late the newest result came, seconds; None before the first.
        lost_sound_s: Sound that did not reach us, seconds.
        offline: The parts that are away, and why.
    """

    def __init__(self, publisher: Publisher, clock: Clock) -> None:
        self.utterances = 0
        self.failures = 0
        self.lag_s: float | None = None
        self.lost_sound_s = 0.0
        self.offline: dict[str, str] = {}
        self._publisher = publisher
        self._clock = clock
        self._latency = {part: Series() for part in _PARTS}

    async def open(self) -> None:
        """As the publisher does."""
        await self._publisher.open()

    async def publish(self, *events: Event) -> None:
        """Hand events on, and note when they have been."""
        await self._publisher.publish(*events)
        now_s = self._clock.now_s()
        for event in events:
            self._note(event, now_s)

    async def close(self) -> None:
        """As the publisher does."""
        await self._publisher.close()

    def latency(self) -> dict[str, Durations]:
        """Where the time of utterances went since their last sample, by part."""
        return {part: series.figures() for part, series in self._latency.items()}

    def _note(self, event: Event, now_s: float) -> None:
        match event:
            case Heard(withheld=False):
                self.utterances += 1
            case Understood(heard=Heard(withheld=False)) if event.latency is not None:
                self._understood(event, event.latency, now_s)
            case PartHealth():
                self._health(event)
            case AudioGap():
                self.lost_sound_s += event.length / SAMPLE_RATE_HZ
            case Failure():
                self.failures += 1
            case ConversationStarted():
                _LOG.info("a conversation started", extra={"conversation": event.conversation})
            case ConversationEnded():
                ended = "a conversation ended (%s): %d utterances, %d lost"
                about = {"conversation": event.conversation}
                _LOG.info(ended, event.reason, event.utterances, event.lost, extra=about)

    def _understood(self, event: Understood, latency: Latency, now_s: float) -> None:
        total_s = max(0.0, now_s - latency.spoken_at)
        spent_s = (latency.endpoint_s, latency.transcribe_s, latency.encode_s, latency.analyse_s)
        taken_s = (*spent_s, max(0.0, total_s - sum(spent_s)), total_s)
        for series, took_s in zip(self._latency.values(), taken_s, strict=True):
            series.note(took_s)
        self.lag_s = max(0.0, total_s - latency.endpoint_s)
        about = {"conversation": event.heard.conversation, "utterance": event.heard.utterance.id}
        _LOG.info("an utterance was understood %.0f ms after it was spoken", 1000 * total_s, extra=about)

    def _health(self, event: PartHealth) -> None:
        if event.health is Health.OFFLINE:
            self.offline[event.part] = event.reason
        else:
            self.offline.pop(event.part, None)
