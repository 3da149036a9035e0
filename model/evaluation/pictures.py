"""Pictures of results, drawn without a screen: confusion, reliability, and how far away causes are found."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter, StrMethodFormatter
from numpy.typing import NDArray

from model.evaluation.breakdown import DistanceScores
from model.evaluation.counts import share
from model.evaluation.reliability import ReliabilityBin, expected_error
from model.evaluation.report import Evaluation

_DOTS_PER_INCH = 160
_INK, _QUIET, _FAINT, _MAIN, _LIGHT = "#1f2933", "#66727f", "#c5ccd4", "#1b62a7", "#9ec6f3"

# One hue whose lightness falls in equal steps of OKLab (Ottosson 2020), so that equal differences look equal, also in
# grey print and to colour-blind eyes.
_SHADES = LinearSegmentedColormap.from_list(
    "share",
    ["#f3f7fc", "#c7dffb", "#9ec6f3", "#79ade7", "#5693d7", "#367ac2", "#1b62a7", "#004b8e", "#003374"],
)
_DARK = 0.5  # shares from here on are written in white
_WILSON_Z = 1.96  # 95 % of a normal distribution


def draw(evaluation: Evaluation, folder: Path) -> tuple[Path, ...]:
    """All pictures of an evaluation, as PNG files in a folder, which is made.

    Returns:
        The files that were written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = [folder / "confusion.png"]
    confusion_picture(evaluation.confusion, evaluation.labels, drawn[-1])
    if evaluation.reliability:
        drawn.append(folder / "reliability-emotion.png")
        reliability_picture(evaluation.reliability.emotion, drawn[-1], "Does the probability of an emotion hold?")
    if evaluation.reliability and evaluation.reliability.pair is not None:
        drawn.append(folder / "reliability-pair.png")
        reliability_picture(evaluation.reliability.pair, drawn[-1], "Does the probability of a link hold?")
    if evaluation.by_distance is not None:
        drawn.append(folder / "distance.png")
        distance_picture(evaluation.by_distance, drawn[-1])
    return tuple(drawn)


def confusion_picture(matrix: Sequence[Sequence[int]], labels: Sequence[str], path: Path) -> None:
    """Draw which emotion is taken for which, as shares of each annotated emotion, with numbers of utterances.

    Args:
        matrix: (C, C) utterances; rows are annotated, columns predicted.
        labels: Names of the C emotions.
        path: The PNG file to write.
    """
    counts = np.asarray(matrix, np.int64)
    totals = counts.sum(1)
    shares = share(counts, np.broadcast_to(totals[:, None], counts.shape))
    figure, (axes,) = _blank((7.6, 6.9))
    _title(axes, "Which emotion is taken for which", f"{totals.sum():,} utterances; each row adds up to 100 %")
    image = axes.imshow(shares, cmap=_SHADES, vmin=0, vmax=1)
    for row, column in np.argwhere(counts > 0).tolist():
        _write_cell(axes, row, column, float(shares[row, column]), int(counts[row, column]))
    axes.set_xticks(range(len(labels)), labels)
    axes.set_yticks(range(len(labels)), [f"{name}\n{total:,}" for name, total in zip(labels, totals, strict=True)])
    axes.set(xlabel="predicted emotion", ylabel="annotated emotion and its number of utterances")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    bar = figure.colorbar(image, ax=axes, shrink=0.6, aspect=24, format=PercentFormatter(1, decimals=0))
    bar.set_label("share of the annotated emotion", color=_INK)
    bar.ax.tick_params(colors=_INK, color=_FAINT)
    bar.ax.spines[:].set_visible(False)
    figure.savefig(path, dpi=_DOTS_PER_INCH)


def reliability_picture(bins: Sequence[ReliabilityBin], path: Path, title: str = "Do probabilities hold?") -> None:
    """Draw how often decisions of each probability were right, and how many there were.

    Args:
        bins: Decisions by probability.
        path: The PNG file to write.
        title: What is asked.
    """
    figure, (above, below) = _blank((6.4, 6.9), heights=(3, 1))
    total = sum(each.count for each in bins)
    _title(above, title, f"expected calibration error {expected_error(bins):.3f} over {total:,} decisions")
    _draw_accuracy(above, bins)
    edges = [each.low for each in bins]
    below.bar(edges, [b.count for b in bins], [b.high - b.low for b in bins], align="edge", color=_LIGHT, edgecolor="w")
    below.set_yscale("log")
    below.set_ylim(bottom=0.7)  # a single decision is a visible bar
    below.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    below.minorticks_off()
    below.set(xlabel="probability that the network gave", ylabel="decisions (log)")
    for axes in (above, below):
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    figure.align_ylabels()
    figure.savefig(path, dpi=_DOTS_PER_INCH)


def distance_picture(distances: Mapping[str, DistanceScores], path: Path) -> None:
    """Draw F1 of links by how far the cause lies from the emotion, with bootstrap intervals.

    Args:
        distances: By distance, in the order of drawing; those without an annotated link stay empty.
        path: The PNG file to write.
    """
    figure, (axes,) = _blank((8.0, 5.2))
    total = sum(scores.gold for scores in distances.values())
    _title(axes, "How well causes are found, near and far", f"{total:,} annotated links; lines are 95 % intervals")
    for place, scores in enumerate(distances.values()):
        if scores.gold:
            _draw_bar(axes, place, scores)
    names = [f"{_distance_name(distance)}\n{scores.gold:,}" for distance, scores in distances.items()]
    axes.set_xticks(range(len(distances)), names)
    axes.set(xlim=(-0.6, len(distances) - 0.4), ylim=(0, 1), ylabel="F1 of links")
    axes.set_xlabel("where the cause lies, in utterances from the emotion; number of annotated links")
    axes.tick_params(axis="x", length=0)
    figure.savefig(path, dpi=_DOTS_PER_INCH)


def _blank(size: tuple[float, float], heights: tuple[int, ...] = (1,)) -> tuple[Figure, list[Axes]]:
    """A figure of a size in inches, and its fields from above."""
    figure = Figure(size, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)  # type: ignore[union-attr,call-arg]
    fields: list[Axes] = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0].tolist()
    for axes in fields:
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(_FAINT)
        axes.tick_params(which="both", color=_FAINT, labelcolor=_INK)
        axes.xaxis.label.set_color(_INK)
        axes.yaxis.label.set_color(_INK)
    return figure, fields


def _title(axes: Axes, title: str, subtitle: str) -> None:
    axes.set_title(title, loc="left", color=_INK, fontsize=14, fontweight="bold", pad=28)
    axes.annotate(subtitle, (0, 1), (0, 12), "axes fraction", "offset points", color=_QUIET, fontsize=10)


def _write_cell(axes: Axes, row: int, column: int, part: float, count: int) -> None:
    colour = "white" if part >= _DARK else _INK
    weight = "bold" if row == column else "normal"
    axes.text(column, row - 0.1, f"{part:.0%}", ha="center", va="center", color=colour, fontweight=weight)
    axes.text(column, row + 0.22, f"{count:,}", ha="center", va="center", color=colour, fontsize=8)


def _draw_accuracy(axes: Axes, bins: Sequence[ReliabilityBin]) -> None:
    sure, right = np.array([b.confidence for b in bins]), np.array([b.accuracy for b in bins])
    low, high = _wilson(right, np.array([b.count for b in bins]))
    axes.plot([0, 1], [0, 1], color=_QUIET, linestyle=(0, (4, 3)), linewidth=1, label="as often as it says")
    axes.vlines(sure, low, high, color=_MAIN, linewidth=1.2)
    axes.plot(sure, right, "o-", color=_MAIN, markersize=5.5, label="measured, with 95 % intervals (Wilson)")
    axes.set(ylim=(-0.02, 1.02), ylabel="share that was right")
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.legend(frameon=False, loc="upper left", labelcolor=_INK)
    axes.tick_params(labelbottom=False)


def _wilson(right: NDArray[np.float64], counts: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """95 % interval of a share, also where it is 0 or 1 (Wilson 1927)."""
    spread = _WILSON_Z**2 / counts
    middle = (right + spread / 2) / (1 + spread)
    half = np.sqrt(spread * (right * (1 - right) + spread / 4)) / (1 + spread)
    return middle - half, middle + half


def _draw_bar(axes: Axes, place: int, scores: DistanceScores) -> None:
    top = max(scores.f1, scores.confidence.high)
    axes.bar(place, scores.f1, width=0.62, color=_LIGHT)
    axes.vlines(place, scores.confidence.low, scores.confidence.high, color=_INK, linewidth=1.4)
    axes.annotate(f"{scores.f1:.2f}", (place, top), (0, 4), textcoords="offset points", ha="center", color=_INK)


def _distance_name(distance: str) -> str:
    steps = int(distance.strip("<>="))
    if steps == 0:
        return "itself"
    more = "+" if distance.startswith(("<", ">")) else ""
    return f"{abs(steps)}{more} {'before' if steps > 0 else 'after'}"
