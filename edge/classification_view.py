"""How well an encoder tells emotions apart, as tables for people."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from edge.watch.style import emotion_style
from model.evaluation.classification import Classification


def as_tables(measured: Classification) -> RenderableType:
    """The whole measurement for a terminal."""
    return Group(_headline(measured), Text(), _classes(measured), Text(), _confusion(measured))


def _headline(measured: Classification) -> Text:
    asked = measured.settings
    what = "clips" if asked.part == "voice" else "faces"
    people = f" of {asked.people} {'person' if asked.people == 1 else 'people'}" if asked.people else ""
    split = f", {asked.split}" if asked.split else ""
    return Text.assemble(
        (asked.data, "bold"),
        f" ({asked.set}{split}): {measured.count} {what}{people}\n",
        f"unweighted accuracy {measured.unweighted_accuracy:.3f}, accuracy {measured.accuracy:.3f}; "
        f"by chance {1 / len(measured.labels):.3f}",
        (f"\nThe encoder learned from {asked.learned_from} of them: no figure for people it does not know.", "yellow")
        if asked.learned_from
        else "",
    )


def _classes(measured: Classification) -> Table:
    table = _table("Emotions", "recall", "precision", "there are", "said")
    for label, scores in measured.per_class.items():
        shares = (_share(scores.recall), _share(scores.precision))
        table.add_row(Text(label, emotion_style(label)), *shares, str(scores.count), str(scores.said))
    return table


def _confusion(measured: Classification) -> Table:
    table = _table("Annotated emotion (rows), said emotion (columns)", *measured.labels)
    for row, (label, counts) in enumerate(zip(measured.labels, measured.confusion, strict=True)):
        cells = (Text(str(count), "bold" if row == column else "") for column, count in enumerate(counts))
        table.add_row(Text(label, emotion_style(label)), *cells)
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
