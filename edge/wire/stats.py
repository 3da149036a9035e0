"""How a running node is doing, in figures: said every few seconds, and never about a person or a conversation."""

from typing import Final, Literal

from pydantic import Field

from edge.monitoring.figures import Durations, Figures, OutboxFigures, StepFigures
from edge.wire.envelope import Envelope, Wire
from edge.wire.message import AT_MOST_ONCE, Message, encode
from edge.wire.stamp import Stamp
from edge.wire.topics import Topics

_MS_PER_S: Final = 1000.0


class Percentiles(Wire):
    """How long something took; milliseconds, over the newest few thousand."""

    p50: float = Field(ge=0, description="Half of them took no longer, milliseconds.")
    p95: float = Field(ge=0, description="95 of 100 took no longer, milliseconds.")


class StageStats(Wire):
    """One stage of the node."""

    p50_ms: float = Field(ge=0, description="Half of the newest items took no longer, milliseconds.")
    p95_ms: float = Field(ge=0, description="95 of 100 of the newest items took no longer, milliseconds.")
    busy_s: float = Field(ge=0, description="All the time it worked since the start, seconds.")
    items: int = Field(ge=0, description="Items since the start.")
    failed: int = Field(ge=0, description="Items that could not be processed.")
    joined: int = Field(ge=0, description="Items that were joined with the one waiting before them.")
    waiting: int = Field(ge=0, description="Items that wait before it now.")
    deepest: int = Field(ge=0, description="The most that ever waited.")


class OutboxStats(Wire):
    """What the broker has not acknowledged."""

    waiting: int = Field(ge=0, description="Messages.")
    oldest_s: float | None = Field(
        ge=0, description="For how long the oldest event has waited, seconds; 0 where none does; null: not known."
    )
    dropped: int = Field(ge=0, description="Events that a full outbox had to drop since the start.")


class NodeStats(Envelope):
    """How a node is doing. Everything is counted since the start of this boot."""

    schema_id: Literal["undertone.node-stats/1"] = Field(default="undertone.node-stats/1", alias="schema")
    uptime_s: float = Field(ge=0, description="Since this boot began to load, seconds.")
    utterances: int = Field(ge=0, description="Utterances published.")
    failures: int = Field(ge=0, description="Items that could not be processed; each was published as an error.")
    lag_s: float | None = Field(
        ge=0, description="How late the newest result came after the end of its utterance was decided, seconds."
    )
    heard_s: float = Field(ge=0, description="How much sound, or time of captions, was taken in, seconds.")
    real_time_factor: float | None = Field(
        ge=0,
        description="Seconds the busiest stage works for one second of what is heard, over the last minute; above 1 "
        "the node falls behind. null where nothing was heard.",
    )
    memory_bytes: int = Field(ge=0, description="Resident memory, child processes included.")
    stages: dict[str, StageStats] = Field(description="The stages, in the order in which things pass them.")
    latency_ms: dict[str, Percentiles] = Field(
        description="Where the time of utterances went since their last sample: endpoint, transcribe, encode, analyse, "
        "queue, total."
    )
    dropped: dict[str, int] = Field(description="What was dropped, by kind: partials, pictures, messages.")
    lost_sound_s: float = Field(ge=0, description="Sound that was lost before it reached the node, seconds.")
    outbox: OutboxStats | None = Field(description="What waits for the broker.")


def stats_message(figures: Figures, topics: Topics, stamp: Stamp) -> Message:
    """The figures as a message, which may be lost: the next one comes soon."""
    payload = NodeStats(
        **stamp.fields(),
        uptime_s=round(figures.uptime_s, 1),
        utterances=figures.utterances,
        failures=figures.failures,
        lag_s=_rounded(figures.lag_s),
        heard_s=round(figures.heard_s, 1),
        real_time_factor=_rounded(figures.real_time_factor),
        memory_bytes=figures.memory_bytes,
        stages={name: _stage(step) for name, step in figures.steps.items()},
        latency_ms={part: _percentiles(took) for part, took in figures.latency.items()},
        dropped=dict(figures.dropped),
        lost_sound_s=round(figures.lost_sound_s, 3),
        outbox=_outbox(figures.outbox),
    )
    return Message(topics.stats, encode(payload), qos=AT_MOST_ONCE)


def _stage(step: StepFigures) -> StageStats:
    took = _percentiles(step.took)
    return StageStats(
        p50_ms=took.p50,
        p95_ms=took.p95,
        busy_s=round(step.took.total_s, 3),
        items=step.took.count,
        failed=step.failed,
        joined=step.joined,
        waiting=step.waiting,
        deepest=step.deepest,
    )


def _percentiles(took: Durations) -> Percentiles:
    return Percentiles(p50=round(_MS_PER_S * took.p50_s, 3), p95=round(_MS_PER_S * took.p95_s, 3))


def _outbox(outbox: OutboxFigures | None) -> OutboxStats | None:
    if outbox is None:
        return None
    return OutboxStats(waiting=outbox.waiting, oldest_s=_rounded(outbox.oldest_s), dropped=outbox.dropped)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
