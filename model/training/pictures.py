"""Pictures of a run: how it went epoch by epoch, and what its best epoch says about dev."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from model.decision import Decision
from model.evaluation.counts import count
from model.evaluation.evaluate import emotion_reliability, pair_reliability
from model.evaluation.pictures import confusion_picture, reliability_picture
from model.networks.offline import Reading
from model.training.examples import Example
from model.training.progress import Epoch
from model.training.tuning import decided

_DOTS_PER_INCH = 160
_INK, _QUIET, _FAINT = "#1f2933", "#66727f", "#c5ccd4"
_LINES = {
    "pair F1": ("#1b62a7", "o", lambda epoch: epoch.dev.scores.pair_f1),
    "weighted F1 of emotions": ("#b35c00", "s", lambda epoch: epoch.dev.scores.emotion_weighted_f1),
    "w-avg-6": ("#2f7d4f", "^", lambda epoch: epoch.dev.scores.w_avg_6),
}
"""By name: colour, marker (so that grey print tells them apart), and where the figure is."""


def draw_curves(epochs: Sequence[Epoch], path: Path) -> None:
    """Draw the loss and the three figures that select, epoch by epoch, and mark the best epoch.

    Args:
        epochs: What was measured; not empty.
        path: The PNG file to write.
    """
    figure = Figure((7.6, 6.4), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1, 2))
    numbers = [epoch.number for epoch in epochs]
    best = max(epoch.number for epoch in epochs if epoch.best)
    above.plot(numbers, [epoch.loss for epoch in epochs], "o-", color=_INK, markersize=4.5)
    above.set_ylabel("loss of training")
    above.set_title(f"How {epochs[0].run} went", loc="left", color=_INK, fontsize=14, fontweight="bold", pad=28)
    above.annotate(
        f"dashed: epoch {best}, the best on dev", (0, 1), (0, 12), "axes fraction", "offset points", color=_QUIET
    )
    for name, (colour, marker, figure_of) in _LINES.items():
        below.plot(numbers, list(map(figure_of, epochs)), marker=marker, color=colour, markersize=5, label=name)
    below.set(xlabel="epoch", ylabel="dev")
    below.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    for axes in (above, below):
        _plain(axes)
        axes.axvline(best, color=_QUIET, linestyle=(0, (4, 3)), linewidth=1, zorder=0)
    below.legend(frameon=False, labelcolor=_INK, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    figure.savefig(path, dpi=_DOTS_PER_INCH)


def draw_best(
    dev: Sequence[Example], readings: Sequence[Reading], labels: Sequence[str], decision: Decision, folder: Path
) -> None:
    """Draw which emotion is taken for which, and whether probabilities hold: three PNG files in a folder.

    Args:
        dev: What was measured on.
        readings: What the network says about it.
        labels: Of the network.
        decision: Fitted on dev.
        folder: Where the files go.
    """
    gold = [example.conversation for example in dev]
    predictions = decided(dev, readings, labels, decision)
    counts = count(gold, [prediction.conversation for prediction in predictions], labels)
    confusion_picture(counts.total().emotions[0].tolist(), labels, folder / "confusion.png")
    reliability_picture(
        emotion_reliability(gold, predictions),
        folder / "reliability-emotion.png",
        "Does the probability of an emotion hold on dev?",
    )
    reliability_picture(
        pair_reliability(gold, predictions),
        folder / "reliability-pair.png",
        "Does the probability of a link hold on dev?",
    )


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_FAINT)
    axes.tick_params(which="both", color=_FAINT, labelcolor=_INK)
    axes.grid(axis="y", color=_FAINT, linewidth=0.5)
    axes.xaxis.label.set_color(_INK)
    axes.yaxis.label.set_color(_INK)
