"""The measurement as a picture: time per utterance against the length of the conversation."""

import math
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from edge.bench.incremental.results import BenchResult, Measured

_DOTS_PER_INCH = 160
_LINE_OF_TEXT = 0.045  # of the height of the field
_INK, _QUIET, _FAINT = "#1f2933", "#66727f", "#e3e7eb"
_WAYS = {
    "full_ms": ("a: PyTorch Geometric, whole conversation", "#b35c00", "s"),
    "windowed_ms": ("b: dense rerun of what can matter", "#2f7d4f", "^"),
    "compiled_ms": ("c: the same, torch.compile", "#7a4fa3", "v"),
    "incremental_ms": ("d: incremental engine", "#1b62a7", "o"),
}
"""By figure: what it is, colour, and marker, so that grey print tells them apart."""


def draw(result: BenchResult, paths: Sequence[Path]) -> None:
    """Draw both networks side by side.

    Args:
        result: What was measured.
        paths: Files to write, in the formats of their suffixes.
    """
    figure = Figure((11.0, 5.2), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, sharey=True)
    for axes, measured in ((left, result.causal), (right, result.ahead)):
        _draw_ways(axes, measured)
    for axes, measured in ((left, result.causal), (right, result.ahead)):
        _label_ends(axes, measured)
    left.set_ylabel("time per new utterance, median (log)", color=_INK)
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, labelcolor=_INK, fontsize=9)
    where = f"{result.machine.processor}, threads: {result.settings.threads}"
    title = f"What a new utterance costs, by how much was said before it ({where})"
    figure.suptitle(title, x=0.01, ha="left", color=_INK, fontsize=12)
    for path in paths:
        figure.savefig(path, dpi=_DOTS_PER_INCH)


def _draw_ways(axes: Axes, measured: Measured) -> None:
    sizes = [row.n for row in measured.rows]
    for figure, (name, colour, marker) in _WAYS.items():
        times = [getattr(row, figure) for row in measured.rows]
        if None in times:
            continue
        axes.plot(sizes, times, marker=marker, markersize=5.5, color=colour, label=name, clip_on=False)
    horizon = measured.subject.network.settings.emotion_horizon
    title = "strictly causal (as shipped)" if horizon == 0 else f"horizon {horizon}: one utterance ahead per layer"
    axes.set_title(title, loc="left", color=_QUIET, fontsize=10)
    axes.set(xscale="log", yscale="log")
    axes.set_xlabel("utterances in the conversation (log)", color=_INK)
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _time(value)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="y", color=_FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_QUIET)
    axes.tick_params(which="both", color=_QUIET, labelcolor=_INK)


def _label_ends(axes: Axes, measured: Measured) -> None:
    """Write the last time of every line beside its end; what would overlap is moved up."""
    last = measured.rows[-1]
    low, high = (math.log10(limit) for limit in axes.get_ylim())
    ends = [(time, colour) for way, (_, colour, _) in _WAYS.items() if (time := getattr(last, way)) is not None]
    free = low
    for time, colour in sorted(ends):
        place = max(math.log10(time), free)
        free = place + _LINE_OF_TEXT * (high - low)
        axes.annotate(_time(time), (last.n, 10**place), (8, 0), textcoords="offset points", va="center", color=colour)


def _time(value_ms: float) -> str:
    """A time as people say it."""
    if value_ms >= 1_000:  # noqa: PLR2004 - a second
        return f"{value_ms / 1_000:.3g} s"
    return f"{value_ms:.3g} ms" if value_ms >= 1 else f"{value_ms * 1_000:.3g} µs"
