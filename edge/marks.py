"""The few signs that lines for people begin with, also for terminals that know ASCII only."""

import io
import sys
from dataclasses import dataclass

from rich.console import Console


@dataclass(frozen=True, slots=True)
class Marks:
    """One sign for each meaning."""

    ok: str
    warning: str
    problem: str
    skipped: str
    default: str
    remedy: str


_UNICODE = Marks(ok="✔", warning="!", problem="✖", skipped="–", default="●", remedy="→")  # noqa: RUF001
_ASCII = Marks(ok="ok", warning="!", problem="x", skipped="-", default="*", remedy="->")


def console_for_people(*, quiet: bool = False) -> Console:
    """The standard output. What it cannot show, such as a letter in a device's name, it shows as a question mark."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False, quiet=quiet)


def marks(console: Console) -> Marks:
    """The signs that a console can show."""
    try:
        for sign in (_UNICODE.ok, _UNICODE.problem, _UNICODE.skipped, _UNICODE.default, _UNICODE.remedy):
            sign.encode(console.encoding)
    except UnicodeEncodeError:
        return _ASCII
    return _UNICODE
