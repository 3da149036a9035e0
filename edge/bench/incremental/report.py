"""The measurement for people: a bar on the standard error while it runs, then tables."""

import time
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from edge.bench.incremental.results import BenchResult, Measured

_REFRESH_S = 0.2
_WAYS = (
    "a  the whole conversation, with PyTorch Geometric\n"
    "b  the last utterances that can matter, dense\n"
    "c  the same through torch.compile\n"
    "d  the incremental engine; deviation: its largest difference to a"
)


class BenchProgress:
    """A bar on stderr while it is entered.

    It draws only when it is told something, which is between timed steps, and has no thread of its own.
    """

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=Console(stderr=True),
            transient=True,
            auto_refresh=False,
        )
        self._bar = self._progress.add_task("loading the network", total=None)
        self._drawn_s = 0.0

    def __enter__(self) -> Self:
        self._progress.start()
        self._progress.refresh()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, what: str, done: int, total: int) -> None:
        """What is being done, and how much of how much has been."""
        now_s = time.monotonic()
        if 0 < done < total and now_s - self._drawn_s < _REFRESH_S:
            return
        self._drawn_s = now_s
        self._progress.update(self._bar, description=what, completed=done, total=total)
        self._progress.refresh()


def as_tables(result: BenchResult) -> RenderableType:
    """Everything for a terminal."""
    parts: list[RenderableType] = []
    for measured in (result.causal, result.ahead):
        parts += [_times(measured), Text(), _lanes(measured), Text()]
    held = ", ".join(f"{each.rss_mb} MiB after {each.n:,}" for each in result.memory if each.rss_mb is not None)
    parts.append(Text(f"Memory of the process while one conversation grows: {held or 'not known here'}"))
    return Group(Text(_WAYS), Text(), *parts)


def _name(measured: Measured) -> str:
    horizon = measured.subject.network.settings.emotion_horizon
    return f"horizon {horizon}, {'strictly causal' if horizon == 0 else 'one ahead per layer'}"


def _times(measured: Measured) -> Table:
    table = Table(title=f"A new utterance after N, ms (median), {_name(measured)}", title_justify="left")
    for column in ("N", "a", "b", "c", "d", "a/d", "b/d", "c/d", "d, first of a turn", "deviation"):
        table.add_column(column, justify="right")
    for row in measured.rows:
        engine = row.incremental_ms
        times = [row.full_ms, row.windowed_ms, row.compiled_ms, engine]
        table.add_row(
            f"{row.n:,}",
            *("-" if each is None else f"{each:.3f}" for each in times),
            f"{row.full_ms / engine:,.0f}",
            *("-" if each is None else f"{each / engine:.1f}" for each in times[1:3]),
            f"{row.incremental_first_ms:.3f}",
            f"{row.max_deviation:.1e}",
        )
    return table


def _lanes(measured: Measured) -> Table:
    table = Table(title=f"Conversations in one step, {_name(measured)}", title_justify="left")
    for column in ("conversations", "step, ms", "p95, ms", "per utterance, ms"):
        table.add_column(column, justify="right")
    for row in measured.batched:
        table.add_row(f"{row.lanes:,}", f"{row.step_ms:.3f}", f"{row.step_p95_ms:.3f}", f"{row.utterance_ms:.4f}")
    return table
