"""The few signs that lines for people begin with, also for terminals that know ASCII only."""

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


def marks(console: Console) -> Marks:
    """The signs that a console can show."""
    try:
        for sign in (_UNICODE.ok, _UNICODE.problem, _UNICODE.skipped, _UNICODE.default, _UNICODE.remedy):
            sign.encode(console.encoding)
    except UnicodeEncodeError:
        return _ASCII
    return _UNICODE
