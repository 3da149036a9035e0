"""The fault table: what each test of a fault found, one line each, printed together when all have run."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields

PROPERTY = "fault"
"""Under this name a row travels with the report of its test, also from another process."""


@dataclass(frozen=True)
class Row:
    """What became of the events of one test.

    Attributes:
        fault: What was broken.
        made: Events that the node made, each counted by `seq`.
        received: How many different ones a subscriber got.
        duplicates: How often it got one that it had: the same `event_id`.
        lost: Made and never received.
        gaps: Holes announced by `lifecycle` gap.
        remark: Figures that belong to it.
    """

    fault: str
    made: int
    received: int
    duplicates: int
    lost: int
    gaps: int
    remark: str = ""


_COUNTS = [field.name for field in fields(Row) if field.type is int]
_WIDTH = 11


def heading(width: int) -> str:
    return f"{'fault':<{width}}" + "".join(f"{name:>{_WIDTH}}" for name in _COUNTS)


def line(row: Row, width: int) -> str:
    counts = asdict(row)
    numbers = "".join(f"{counts[name]:>{_WIDTH}}" for name in _COUNTS)
    return f"{row.fault:<{width}}{numbers}  {row.remark}".rstrip()


def lines(rows: Iterable[Row]) -> list[str]:
    """The whole table; nothing where there are no rows."""
    rows = list(rows)
    width = max((len(row.fault) for row in rows), default=0) + 1
    return [heading(width), *(line(row, width) for row in rows)] if rows else []


def pytest_terminal_summary(terminalreporter):
    """Print the table after the tests, whichever processes ran them."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    found = {
        report.nodeid: Row(**row) for report in reports for name, row in report.user_properties if name == PROPERTY
    }
    if table := lines(found[test] for test in sorted(found)):
        terminalreporter.section("what became of the events")
        for text in table:
            terminalreporter.write_line(text)
