"""An evaluation as a person reads it: a bar while it runs, then tables of figures with their intervals."""

from collections.abc import Iterator
from itertools import chain
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from edge.watch.style import emotion_style
from model.evaluation.report import Evaluation

MEASURES: Final = {
    "pair_f1": "pair F1",
    "pair_precision": "pair precision",
    "pair_recall": "pair recall",
    "w_avg_6": "w-avg-6",
    "w_avg_4": "w-avg-4",
    "cause_f1": "cause F1",
    "emotion_weighted_f1": "emotion weighted F1",
    "emotion_accuracy": "emotion accuracy",
    "emotion_f1": "emotion F1",
    "calibration_error": "calibration error",
    "pair_calibration_error": "pair calibration error",
}
"""Names of the measures, in the order in which they are read."""

WITHOUT_PAIRS: Final = "No pairs are annotated in this data: emotions alone are scored."


class EvaluationProgress:
    """A bar on stderr while it is entered."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._bar = self._progress.add_task("loading", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def read(self, done: int, total: int) -> None:
        """Conversations have been read, of so many."""
        self._progress.update(self._bar, description="reading conversations", completed=done, total=total)

    def heard(self, done: int, total: int) -> None:
        """Recordings have been heard, of so many."""
        self._progress.update(self._bar, description="hearing recordings", completed=done, total=total)

    def seen(self, done: int, total: int) -> None:
        """Pictures have been seen, of so many."""
        self._progress.update(self._bar, description="seeing pictures", completed=done, total=total)


def as_tables(evaluation: Evaluation) -> RenderableType:
    """The whole evaluation for a terminal."""
    return Group(*chain.from_iterable((part, Text()) for part in _parts(evaluation)))


def _parts(evaluation: Evaluation) -> Iterator[RenderableType]:
    yield _headline(evaluation)
    yield _measures(evaluation)
    yield _emotions(evaluation)
    yield _confusion(evaluation)
    if evaluation.by_distance is not None:
        yield _distances(evaluation)
    yield _lengths(evaluation)


def _headline(evaluation: Evaluation) -> Text:
    asked, horizon, unread = evaluation.settings, evaluation.checkpoint.horizon, evaluation.checkpoint.unread
    counts = [_counted(evaluation.conversations, "conversation"), _counted(evaluation.utterances, "utterance")]
    if evaluation.pairs is not None:
        counts.append(_counted(evaluation.pairs, "pair"))
    delay = "offline" if evaluation.delay == "offline" else f"delay {evaluation.delay}"
    spoilt = f"; {asked.corrupt:.0%} of the words corrupted, seed {asked.seed}" if asked.corrupt else ""
    return Text.assemble(
        (asked.data, "bold"),
        f" ({asked.format}): {', '.join(counts)}\n",
        f"{asked.network}, {delay}: it reads {_counted(horizon, 'later utterance')}{spoilt}",
        f"\n{WITHOUT_PAIRS}" if evaluation.pairs is None else "",
        f"\nThe network can read {' and '.join(unread)}, too, but was not given it." if unread else "",
    )


def _measures(evaluation: Evaluation) -> Table:
    table = _table("Measures", "", "figure", f"{evaluation.settings.level:.0%} interval")
    figures = evaluation.model_dump(include=set(MEASURES))
    for key, name in MEASURES.items():
        if figures[key] is not None:
            interval = evaluation.confidence.get(key)
            table.add_row(name, _share(figures[key]), f"{interval.low:.3f} to {interval.high:.3f}" if interval else "")
    return table


def _emotions(evaluation: Evaluation) -> Table:
    paired = evaluation.pairs is not None
    names = ("", "precision", "recall", "F1", "utterances")
    table = _table("Emotions", *names, *(("pair prec.", "recall", "F1", "pairs") if paired else ()))
    for label, scores in evaluation.per_emotion.items():
        row = [_share(scores.precision), _share(scores.recall), _share(scores.f1), str(scores.utterances)]
        if paired and scores.pairs:
            row += [
                _share(scores.pair_precision),
                _share(scores.pair_recall),
                _share(scores.pair_f1),
                f"{scores.pairs}",
            ]
        table.add_row(Text(label, emotion_style(label)), *row)
    return table


def _confusion(evaluation: Evaluation) -> Table:
    table = _table("Annotated emotion (rows), predicted emotion (columns)", "", *evaluation.labels)
    for label, row in zip(evaluation.labels, evaluation.confusion, strict=True):
        cells = (
            Text(str(n), "bold" if other == label else "") for other, n in zip(evaluation.labels, row, strict=True)
        )
        table.add_row(Text(label, emotion_style(label)), *cells)
    return table


def _distances(evaluation: Evaluation) -> Table:
    table = _table("Pairs by utterances from cause to emotion (negative: cause later)", *_DISTANCE_COLUMNS)
    for distance, scores in (evaluation.by_distance or {}).items():
        interval = f"{scores.confidence.low:.3f} to {scores.confidence.high:.3f}"
        shares = map(_share, (scores.precision, scores.recall, scores.f1))
        table.add_row(distance, str(scores.gold), str(scores.predicted), *shares, interval if scores.gold else "")
    return table


def _lengths(evaluation: Evaluation) -> Table:
    pair_columns = () if evaluation.pairs is None else ("pairs", "pair F1", "w-avg-6")
    columns = ("utterances", "conversations", *pair_columns, "weighted F1", "accuracy")
    table = _table("By length of the conversation", *columns)
    for length, scores in evaluation.by_length.items():
        if not scores.conversations:
            continue
        pairs = [] if scores.pairs is None else [str(scores.pairs), _share(scores.pair_f1), _share(scores.w_avg_6)]
        shares = map(_share, (scores.emotion_weighted_f1, scores.emotion_accuracy))
        table.add_row(length, str(scores.conversations), *pairs, *shares)
    return table


_DISTANCE_COLUMNS = ("distance", "annotated", "emitted", "precision", "recall", "F1", "95% interval")


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(first)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _counted(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
