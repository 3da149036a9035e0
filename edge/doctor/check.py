"""The seam of the doctor: a check looks at one thing and says what it found."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol


class State(StrEnum):
    """How it is with what was looked at."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    Attributes:
        state: How it is.
        what: In a sentence.
        remedy: The line that mends it; empty where nothing need be mended.
    """

    state: State
    what: str
    remedy: str = ""


class Check(Protocol):
    """Looks at one thing.

    Attributes:
        name: One word.
        limit_s: How long it may take, seconds.
    """

    name: ClassVar[str]
    limit_s: ClassVar[float]

    async def look(self) -> Sequence[Finding]:
        """Everything found, at least one finding; what the user can mend may be raised as a `UsageError` instead."""


def ok(what: str) -> Finding:
    """All is well."""
    return Finding(State.OK, what)


def warning(what: str, remedy: str) -> Finding:
    """It works, but not as well as it could."""
    return Finding(State.WARNING, what, remedy)


def problem(what: str, remedy: str) -> Finding:
    """It keeps undertone from working."""
    return Finding(State.PROBLEM, what, remedy)


def skipped(what: str, remedy: str = "") -> Finding:
    """It was not looked at, or does not matter here."""
    return Finding(State.SKIPPED, what, remedy)
