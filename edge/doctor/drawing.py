"""Findings for people: a line each, and below it the line that mends it."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from edge.doctor.check import Finding, State
from edge.marks import Marks
from edge.watch.style import printable

_STYLES = {State.OK: "green", State.WARNING: "yellow", State.PROBLEM: "bold red", State.SKIPPED: "dim"}
_NAME_CELLS = 12


def draw(name: str, findings: Sequence[Finding], marks: Marks) -> RenderableType:
    """The lines of one check, its name before the first."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=max(len(marks.ok), 1))
    grid.add_column(width=_NAME_CELLS, no_wrap=True)
    grid.add_column(overflow="fold")
    for number, finding in enumerate(findings):
        style = _STYLES[finding.state]
        what = Text(printable(finding.what), "dim" if finding.state is State.SKIPPED else "")
        mark = Text(getattr(marks, finding.state.value), style)
        grid.add_row(mark, Text(name if number == 0 else "", "bold"), what)
        if finding.remedy:
            grid.add_row("", "", Text(f"{marks.remedy} {printable(finding.remedy)}", "cyan"))
    return grid


def conclusion(state: State) -> str:
    """The last line."""
    match state:
        case State.PROBLEM:
            return "There are problems; undertone will not work before they are mended."
        case State.WARNING:
            return "undertone will work; what is marked ! would make it better."
        case _:
            return "All is well."
