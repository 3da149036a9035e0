"""How well it is told who spoke, as a table for people."""

from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from edge.speakers.measure import ErrorShares, SpeakerEvaluation

_COLUMNS: Final = ("speech", "people", "found", "error", "missed", "invented", "confused", "one for all")


def as_table(evaluation: SpeakerEvaluation) -> RenderableType:
    """The whole evaluation for a terminal."""
    title = Text.assemble(
        (evaluation.data, "bold"),
        ": who is said to speak when, as diarization error rates\n"
        f"{evaluation.collar_s:g} s on either side of an annotated boundary are not scored; people at once are\n",
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("", no_wrap=True)
    for column in _COLUMNS:
        table.add_column(column, justify="right")
    for one in evaluation.recordings:
        counts = (f"{one.speech_s:.1f} s", str(one.people), str(one.found))
        table.add_row(one.recording, *counts, *_cells(one.error), _percent(one.one_speaker.rate))
    table.add_section()
    together = (f"{evaluation.speech_s:.1f} s", "", "")
    table.add_row("together", *together, *_cells(evaluation.error), _percent(evaluation.one_speaker.rate), style="bold")
    table.add_row("one for all", *together, *_cells(evaluation.one_speaker), "")
    table.add_row("segmenter alone", *together, *_cells(evaluation.segmenter), "")
    table.add_row("never silent", *together, *_cells(evaluation.always_one_speaker), "")
    return Group(title, table)


def _cells(error: ErrorShares) -> tuple[str, ...]:
    return tuple(map(_percent, (error.rate, error.missed, error.false_alarm, error.confusion)))


def _percent(share: float) -> str:
    return f"{share:.1%}"
