"""How many conversations at once: as many as still have their results in time, found by trying."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from edge.bench.crowd import Crowd, CrowdReport
from edge.bench.figures import quantiles
from edge.demo.script import read_spoken_script
from model.checkpoint import Checkpoint
from realtime.clock import SystemClock

LIMIT_MS = 500.0
"""Largest p95 of the lag at which results still count as in time."""

_FIRST = 16
_PRECISION = 1 / 16


@dataclass(frozen=True, slots=True)
class Level:
    """So many conversations at once, and how late their results were.

    Attributes:
        conversations: How many.
        utterances_per_s: Arrivals of all of them together.
        lag_p50_ms: Median time from an utterance's arrival as text to its results out of the analysis.
        lag_p95_ms: Its 95th percentile.
        lost: Events dropped, and utterances without results.
    """

    conversations: int
    utterances_per_s: float
    lag_p50_ms: float
    lag_p95_ms: float
    lost: int

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
            "held": self.held,
        }


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """How the search goes.

    Attributes:
        seconds_per_level: For how long utterances arrive at each level.
        most: As many conversations are tried at most.
        wait_s: How long an utterance waits for those of other conversations at most, seconds.
    """

    seconds_per_level: float
    most: int
    wait_s: float


def next_level(held: int, failed: int | None, most: int) -> int | None:
    """How many conversations to try next: twice as many until it is too many, then half-way between.

    Args:
        held: The most that held so far; 0 for none.
        failed: The fewest that were too many so far, if any.
        most: As many are tried at most.

    Returns:
        None where the answer is known to a sixteenth, or `most` held.
    """
    if failed is None:
        return None if held >= most else min(most, max(_FIRST, 2 * held))
    if failed - held <= max(1, int(held * _PRECISION)):
        return None
    return (held + failed) // 2


async def find_load(
    try_level: Callable[[int], Awaitable[Level]], most: int, on_level: Callable[[Level], None]
) -> list[Level]:
    """Try levels until the largest that holds is found.

    Args:
        try_level: Measures one.
        most: As many conversations are tried at most.
        on_level: Told each as soon as it is measured.

    Returns:
        All that were tried, in order.
    """
    levels: list[Level] = []
    while (size := next_level(largest_held(levels), _fewest_failed(levels), most)) is not None:
        levels.append(await try_level(size))
        on_level(levels[-1])
    return levels


def largest_held(levels: list[Level]) -> int:
    """The most conversations that held; 0 where none did."""
    return max((level.conversations for level in levels if level.held), default=0)


def _fewest_failed(levels: list[Level]) -> int | None:
    return min((level.conversations for level in levels if not level.held), default=None)


async def measure_load(weights: Checkpoint, settings: LoadSettings, on_level: Callable[[Level], None]) -> list[Level]:
    """Let more and more conversations arrive as text, until results come too late.

    Args:
        weights: The network and its encoder.
        settings: How the search goes.
        on_level: Told each level as soon as it is measured.
    """
    crowd = Crowd(weights, read_spoken_script(), SystemClock(), settings.wait_s)

    async def try_level(size: int) -> Level:
        report = await crowd.talk(size, settings.seconds_per_level)
        return level_of(size, settings.seconds_per_level, report)

    try:
        return await find_load(try_level, settings.most, on_level)
    finally:
        await crowd.close()


def figures(levels: list[Level]) -> dict[str, Any]:
    """The levels as JSON values, in the order in which they were tried, and what the lag is."""
    return {
        "conversations": largest_held(levels),
        "levels": [level.as_json() for level in levels],
        "lag": {
            "from": "an utterance's arrival as text, at the moment it was due",
            "to": "its results out of the analysis",
            "includes": ["waiting", "encoding", "analysis"],
            "excludes": ["recognition", "publishing"],
            "limit_p95_ms": LIMIT_MS,
        },
    }


def level_of(conversations: int, seconds: float, report: CrowdReport) -> Level:
    """The figures of a level."""
    lags = quantiles(report.lags_ms)
    return Level(conversations, lags.count / seconds, lags.p50, lags.p95, report.lost)


def in_words(level: Level) -> str:
    """A level in one line for people."""
    return (
        f"{level.conversations} conversations, {level.utterances_per_s:.1f} utterances/s: "
        f"p50 {level.lag_p50_ms:.0f} ms, p95 {level.lag_p95_ms:.0f} ms, {'held' if level.held else 'too many'}"
    )


def as_table(levels: list[Level]) -> Table:
    """The levels for people, from few conversations to many."""
    table = Table(title="From an utterance's arrival as text to its results, ms", title_justify="left")
    for column in ("conversations", "utterances/s", "p50", "p95", ""):
        table.add_column(column, justify="right" if column else "left")
    for level in sorted(levels, key=lambda level: level.conversations):
        figures = (f"{value:.1f}" for value in (level.utterances_per_s, level.lag_p50_ms, level.lag_p95_ms))
        lost = f"{level.lost} lost" if level.lost else ""
        table.add_row(str(level.conversations), *figures, "held" if level.held else lost or "too late")
    return table
