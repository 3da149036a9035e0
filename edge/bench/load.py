"""How many conversations at once: as many as still have their results in time, found by trying."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from rich.table import Table

from edge.bench.crowd import CrowdReport
from edge.bench.figures import quantiles
from edge.processes import usage

LIMIT_MS = 500.0
"""Largest p95 of the lag at which results still count as in time."""

_PRECISION = 1 / 16


class Arrival(StrEnum):
    """How conversations arrive."""

    TEXT = "text"
    SOUND = "sound"


_LAG: dict[Arrival, dict[str, Any]] = {
    Arrival.TEXT: {
        "from": "an utterance's arrival as text, at the moment it was due",
        "to": "its results out of the analysis",
        "includes": ["waiting", "encoding", "analysis"],
        "excludes": ["recognition", "publishing"],
    },
    Arrival.SOUND: {
        "from": "an utterance's last sample of speech, at the moment it was due",
        "to": "its results out of the analysis",
        "includes": ["segmentation", "recognition", "waiting", "encoding", "analysis"],
        "excludes": ["the silence that was chosen to end an utterance", "publishing"],
    },
}


class Talking(Protocol):
    """People in conversations, as many at once as one likes."""

    async def talk(self, conversations: int, lasts_s: float) -> CrowdReport:
        """Let so many conversations go on at once for so many seconds, until all results are there."""

    async def close(self) -> None:
        """Let go of everything."""


@dataclass(frozen=True, slots=True)
class Level:
    """So many conversations at once, and how late their results were.

    Attributes:
        conversations: How many.
        utterances_per_s: Arrivals of all of them together.
        lag_p50_ms: Median time from an utterance's arrival to its results out of the analysis.
        lag_p95_ms: Its 95th percentile.
        lost: Events dropped, and utterances without results.
        cores_needed: Processor time of this process and all its descendants per second of talk, starting them included;
            more than there are cores means that they fell behind.
    """

    conversations: int
    utterances_per_s: float
    lag_p50_ms: float
    lag_p95_ms: float
    lost: int
    cores_needed: float

    @property
    def held(self) -> bool:
        """Whether the results were in time and complete."""
        return self.lag_p95_ms <= LIMIT_MS and not self.lost

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "conversations": self.conversations,
            "utterances_per_s": round(self.utterances_per_s, 1),
            "lag_p50_ms": round(self.lag_p50_ms, 1),
            "lag_p95_ms": round(self.lag_p95_ms, 1),
            "lost": self.lost,
            "cores_needed": round(self.cores_needed, 2),
            "held": self.held,
        }


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """How the search goes.

    Attributes:
        seconds_per_level: For how long utterances arrive at each level.
        first: As many conversations are tried first.
        most: As many conversations are tried at most.
        wait_s: How long an utterance waits for those of other conversations at most, seconds.
    """

    seconds_per_level: float
    first: int
    most: int
    wait_s: float


def next_level(held: int, failed: int | None, first: int, most: int) -> int | None:
    """How many conversations to try next: twice as many until it is too many, then half-way between.

    Args:
        held: The most that held so far; 0 for none.
        failed: The fewest that were too many so far, if any.
        first: As many are tried first.
        most: As many are tried at most.

    Returns:
        None where the answer is known to a sixteenth, or `most` held.
    """
    if failed is None:
        return None if held >= most else min(most, max(first, 2 * held))
    if failed - held <= max(1, int(held * _PRECISION)):
        return None
    return (held + failed) // 2


async def find_load(
    try_level: Callable[[int], Awaitable[Level]], first: int, most: int, on_level: Callable[[Level], None]
) -> list[Level]:
    """Try levels until the largest that holds is found.

    Args:
        try_level: Measures one.
        first: As many conversations are tried first.
        most: As many conversations are tried at most.
        on_level: Told each as soon as it is measured.

    Returns:
        All that were tried, in order.
    """
    levels: list[Level] = []
    while (size := next_level(largest_held(levels), _fewest_failed(levels), first, most)) is not None:
        levels.append(await try_level(size))
        on_level(levels[-1])
    return levels


def largest_held(levels: list[Level]) -> int:
    """The most conversations that held; 0 where none did."""
    return max((level.conversations for level in levels if level.held), default=0)


def _fewest_failed(levels: list[Level]) -> int | None:
    return min((level.conversations for level in levels if not level.held), default=None)


async def measure_load(crowd: Talking, settings: LoadSettings, on_level: Callable[[Level], None]) -> list[Level]:
    """Let more and more conversations arrive, until results come too late.

    Args:
        crowd: The people; closed at the end.
        settings: How the search goes.
        on_level: Told each level as soon as it is measured.
    """

    async def try_level(size: int) -> Level:
        before_s = usage().cpu_s
        report = await crowd.talk(size, settings.seconds_per_level)
        return level_of(size, settings.seconds_per_level, report, usage().cpu_s - before_s)

    try:
        return await find_load(try_level, settings.first, settings.most, on_level)
    finally:
        await crowd.close()


def figures(levels: list[Level], arrival: Arrival) -> dict[str, Any]:
    """The levels as JSON values, in the order in which they were tried, and what the lag is."""
    return {
        "conversations": largest_held(levels),
        "levels": [level.as_json() for level in levels],
        "lag": {**_LAG[arrival], "limit_p95_ms": LIMIT_MS},
    }


def level_of(conversations: int, seconds: float, report: CrowdReport, cpu_s: float) -> Level:
    """The figures of a level that lasted so many seconds and took so many seconds of processor time."""
    lags = quantiles(report.lags_ms)
    return Level(conversations, lags.count / seconds, lags.p50, lags.p95, report.lost, cpu_s / seconds)


def in_words(level: Level) -> str:
    """A level in one line for people."""
    return (
        f"{level.conversations} conversations, {level.utterances_per_s:.1f} utterances/s: "
        f"p50 {level.lag_p50_ms:.0f} ms, p95 {level.lag_p95_ms:.0f} ms, {level.cores_needed:.2f} cores needed, "
        f"{'held' if level.held else 'too many'}"
    )


def as_table(levels: list[Level], arrival: Arrival) -> Table:
    """The levels for people, from few conversations to many."""
    table = Table(title=f"From {_LAG[arrival]['from'].partition(',')[0]} to its results, ms", title_justify="left")
    for column in ("conversations", "utterances/s", "p50", "p95", "cores", ""):
        table.add_column(column, justify="right" if column else "left")
    for level in sorted(levels, key=lambda level: level.conversations):
        values = (level.utterances_per_s, level.lag_p50_ms, level.lag_p95_ms, level.cores_needed)
        figures = (f"{value:.1f}" for value in values)
        lost = f"{level.lost} lost" if level.lost else ""
        table.add_row(str(level.conversations), *figures, "held" if level.held else lost or "too late")
    return table
