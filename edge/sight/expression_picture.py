"""What the faces of a film express, as a picture: probabilities over time, and the label that is shown."""

from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from edge.sight.expressions import FaceCourse, FilmExpressions
from model.emotions import EKMAN_LABELS

_DOTS_PER_INCH: Final = 160
_INK, _QUIET, _FAINT = "#1f2933", "#66727f", "#e3e7eb"
_COLOURS: Final = dict(
    zip(EKMAN_LABELS, ("#8a94a0", "#c0392b", "#6b8e23", "#7a4fa3", "#d98200", "#1b62a7", "#1a9e96"), strict=True)
)
_DASHES: Final = dict(
    zip(EKMAN_LABELS, ("-", "-", (0, (4, 1)), (0, (1, 1)), "-", "--", (0, (5, 1, 1, 1))), strict=True)
)
_NAMED_SHARE: Final = 0.08  # of the film: what a stretch must last for its label to fit in
_MOST_FACES: Final = 6
_LINE_GAP_S: Final = 1.0


def draw(result: FilmExpressions, path: Path) -> None:
    """Draw the faces below each other, those that were read longest if there are many.

    Args:
        result: What was read; without a face the picture says so.
        path: The file, in the format of its suffix.
    """
    most = sorted(result.faces, key=lambda face: -len(face.moments))[:_MOST_FACES]
    faces = sorted(most, key=lambda face: face.face)
    rows = max(1, len(faces))
    figure = Figure((9.6, 1.4 + 3.0 * rows), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    grid = figure.subplots(2 * rows, 1, squeeze=False, sharex=True, height_ratios=(9, 1) * rows)
    fields: list[Axes] = grid[:, 0].tolist()
    for axes, strip, face in zip(fields[::2], fields[1::2], faces, strict=False):
        _draw_face(axes, face)
        _draw_labels(strip, face, result.length_s)
    if not faces:
        fields[0].text(0.5, 0.5, "no face in any picture", ha="center", color=_QUIET, transform=fields[0].transAxes)
    for axes, strip in zip(fields[::2], fields[1::2], strict=True):
        _plain(axes, strip, max(result.length_s, 1.0 / result.rate))
    fields[-1].set_xlabel("seconds; the strip is the label that is shown", color=_INK)
    title = f"What faces express in {result.film}, {result.rate:g} pictures a second, smoothed over 1 s"
    figure.suptitle(title, x=0.01, ha="left", color=_INK, fontsize=12)
    handles, labels = fields[0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=7, frameon=False, labelcolor=_INK, fontsize=9)
    figure.savefig(path, dpi=_DOTS_PER_INCH)


def _draw_face(axes: Axes, face: FaceCourse) -> None:
    times = _with_gaps(face)
    for label in EKMAN_LABELS:
        values = [float("nan") if moment is None else face.moments[moment].probabilities[label] for _, moment in times]
        axes.plot([time_s for time_s, _ in times], values, color=_COLOURS[label], linestyle=_DASHES[label], label=label)
    axes.set_title(f"face {face.face}", loc="left", color=_QUIET, fontsize=10)


def _draw_labels(strip: Axes, face: FaceCourse, length_s: float) -> None:
    for label, start_s, end_s in face.stretches():
        strip.axvspan(start_s, end_s, color=_COLOURS[label], linewidth=0)
        if end_s - start_s >= _NAMED_SHARE * length_s:
            where = ((start_s + end_s) / 2, 0.5)
            strip.text(*where, label, ha="center", va="center_baseline", color="white", fontsize=8, fontweight="bold")


def _with_gaps(face: FaceCourse) -> list[tuple[float, int | None]]:
    """Times and numbers of the moments, with a None where the face was away, so that no line is drawn across."""
    times: list[tuple[float, int | None]] = []
    for number, moment in enumerate(face.moments):
        if times and moment.time_s - times[-1][0] > _LINE_GAP_S:
            times.append((moment.time_s, None))
        times.append((moment.time_s, number))
    return times


def _plain(axes: Axes, strip: Axes, length_s: float) -> None:
    axes.set(xlim=(0, length_s), ylim=(0, 1), ylabel="probability")
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.yaxis.label.set_color(_INK)
    axes.grid(axis="y", color=_FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    strip.set(ylim=(0, 1), yticks=[])
    strip.spines[:].set_visible(False)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_FAINT)
    for each in (axes, strip):
        each.tick_params(color=_FAINT, labelcolor=_INK)
