"""What is found in captions: cues, and what could not be read, each with its line."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text without its end; the first has the number 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """Something that cannot be read.

    Attributes:
        line: Number of the line that is wrong.
        problem: What is wrong or was expected there; never what people said.
    """

    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class Cue:
    """What one person says in one cue.

    Attributes:
        line: Number of the line with its times.
        start_s: Start, seconds from the beginning.
        end_s: End, not before the start.
        speaker: Who, as the captions name them; None where they do not.
        rows: The text as it is shown, line by line, without markup; some may be empty.
        id: What later lines call it, where they can.
    """

    line: int
    start_s: float
    end_s: float
    speaker: str | None
    rows: tuple[str, ...]
    id: str | None = None


Found: TypeAlias = Cue | Malformed
"""What a parser finds."""


class Parser(Protocol):
    """Reads one format, line by line."""

    def line(self, line: Line) -> Iterator[Found]:
        """What is complete with this line."""

    def broken(self) -> None:
        """A line here could not be read as text, and that was said: what it belonged to is given up."""

    def rest(self) -> Iterator[Found]:
        """What the lines so far say; lines that follow may go on with it."""
