"""What voice and face change, as tables for people."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from model.evaluation.agreement import MOST_TAKEN, Change, FusionEvaluation

_FIGURES = {
    "emotion_accuracy": "accuracy",
    "emotion_weighted_f1": "weighted F1",
    "pair_f1": "pair F1",
    "w_avg_6": "w-avg-6",
}
_NOTE = (
    "The voices and faces are lent: drawn by label from other people, from whom nothing was learned.\n"
    "These are no figures of a data set that has words, sound and picture of the same people.\n"
)


def as_tables(evaluation: FusionEvaluation) -> RenderableType:
    """The whole evaluation for a terminal."""
    title = Text.assemble(
        (evaluation.data, "bold"),
        f": {evaluation.conversations} conversations, {evaluation.utterances} utterances\n{_NOTE}",
    )
    return Group(title, _effects(evaluation), _verdict(evaluation), _figures(evaluation))


def _effects(evaluation: FusionEvaluation) -> Table:
    table = _table("probability of the right emotion, against words alone")
    for column in ("agrees, words wrong", "agrees, words right", "contradicts, words right"):
        table.add_column(column, justify="right")
    for name, effect in evaluation.effects.items():
        changes = (effect.agrees_where_wrong, effect.agrees_where_right, effect.contradicts_where_right)
        table.add_row(name, *map(_change, changes))
    return table


def _verdict(evaluation: FusionEvaluation) -> Text:
    answer = "holds" if evaluation.holds else "does not hold"
    return Text(
        f"A contradiction takes less than {MOST_TAKEN:.0%} of what agreement adds where words are wrong: {answer}\n"
    )


def _figures(evaluation: FusionEvaluation) -> Table:
    table = _table("every utterance of a conversation alike")
    for column in _FIGURES.values():
        table.add_column(column, justify="right")
    for name, figures in evaluation.figures.items():
        table.add_row(name, *(f"{getattr(figures, field):.3f}" for field in _FIGURES))
    return table


def _table(title: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(title)
    return table


def _change(change: Change) -> str:
    return f"{change.mean:+.3f} ({change.utterances})"
