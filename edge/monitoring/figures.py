"""What a running node is measured by: one snapshot, which MQTT and Prometheus both read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Durations:
    """How long something took: the newest of them by percentile, and all of them by sum and number.

    Attributes:
        p50_s: Median of the newest, seconds; 0 where there was none.
        p95_s: 95 of 100 of the newest took no longer, seconds.
        total_s: Sum since the start, seconds.
        count: Number since the start.
    """

    p50_s: float
    p95_s: float
    total_s: float
    count: int


def durations(newest_s: Sequence[float], total_s: float, count: int) -> Durations:
    """The figures of a series of durations in seconds, of which the newest are at hand."""
    if not newest_s:
        return Durations(0.0, 0.0, total_s, count)
    p50_s, p95_s = np.percentile(newest_s, (50, 95))
    return Durations(float(p50_s), float(p95_s), total_s, count)


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One step of the stream.

    Attributes:
        took: How long it took for one item.
        failed: Items that could not be processed.
        waiting: Items that wait before it now.
        deepest: The most that ever waited.
        joined: Items that were joined with the one waiting before them.
    """

    took: Durations
    failed: int
    waiting: int
    deepest: int
    joined: int


@dataclass(frozen=True, slots=True)
class OutboxFigures:
    """What the broker has not acknowledged.

    Attributes:
        waiting: Messages.
        oldest_s: For how long the oldest event has waited, seconds; 0 where none does, None where that is not known.
        dropped: Events that a full outbox had to drop since the start.
    """

    waiting: int
    oldest_s: float | None
    dropped: int


@dataclass(frozen=True, slots=True)
class Figures:
    """How a running node is doing. Nothing in it is about a person or a conversation.

    Attributes:
        uptime_s: Since the process began to load, seconds.
        utterances: Said since then.
        failures: Items that could not be processed; each was published as an error.
        lag_s: How late the newest result came after the decision that its utterance had ended, seconds; None before
            the first.
        heard_s: How much sound or how many seconds of captions were taken in.
        real_time_factor: Seconds the busiest step works for one second of what is heard, over the last minute: above
            1 the node falls behind; None before anything was heard.
        memory_bytes: Resident memory, child processes included; a page that several share counts once.
        steps: By the name of the step, in their order.
        latency: By part (endpoint, transcribe, encode, analyse, queue, total), where the time of an utterance went
            since its last sample.
        dropped: By kind, what was lost: partials (unfinished texts), pictures, messages.
        lost_sound_s: Sound that was lost before it reached us, seconds.
        outbox: What waits for the broker; None where results do not go to one.
    """

    uptime_s: float
    utterances: int
    failures: int
    lag_s: float | None
    heard_s: float
    real_time_factor: float | None
    memory_bytes: int
    steps: Mapping[str, StepFigures]
    latency: Mapping[str, Durations]
    dropped: Mapping[str, int]
    lost_sound_s: float
    outbox: OutboxFigures | None
