"""What WebVTT and SubRip share: blocks of lines with an empty line between them, and lines of times."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from edge.captions.cue import Line, Malformed

ARROW = "-->"

LONGEST_S = 360_000.0
"""Latest time that captions may name: a hundred hours."""

_LONGEST_BLOCK = 65_536  # characters
_TIME = r"(?:([0-9]{1,4}):)?([0-5][0-9]):([0-5][0-9])[.,]([0-9]{1,3})"
_TIMES = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}(?:[ \t].*)?")


class Blocks:
    """Collects the lines up to an empty one."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._size = 0
        self._given_up = False

    def push(self, line: Line) -> Sequence[Line] | Malformed:
        """A whole block where this line ends one; else nothing."""
        if not line.text:
            return self.take()
        if self._given_up:
            return ()
        self._lines.append(line)
        self._size += len(line.text)
        if self._size > _LONGEST_BLOCK:
            first = self._lines[0].number
            self.give_up()
            return Malformed(first, f"more than {_LONGEST_BLOCK} characters without an empty line between two cues")
        return ()

    def take(self) -> Sequence[Line]:
        """The block so far, which ends here."""
        lines, self._lines = self._lines, []
        self._size = 0
        self._given_up = False
        return lines

    def go_on(self, line: Line) -> None:
        """What follows belongs to the block that this line began."""
        self._lines = [line]

    def give_up(self) -> None:
        """Leave out everything up to the next empty line."""
        self.take()
        self._given_up = True


@dataclass(frozen=True, slots=True)
class Times:
    """When a cue is shown, seconds."""

    start_s: float
    end_s: float


def read_times(line: Line, example: str) -> Times | Malformed:
    """The times of a cue.

    Args:
        line: A line with an arrow.
        example: What such a line looks like in this format.
    """
    if (match := _TIMES.fullmatch(line.text)) is None:
        return Malformed(line.number, f"times such as {example} are expected")
    start, end = match.groups()[:4], match.groups()[4:]
    return checked_times(line.number, _seconds(*start), _seconds(*end))


def checked_times(line: int, start_s: float, end_s: float) -> Times | Malformed:
    """The times, unless they cannot be those of a cue."""
    if start_s < 0:
        return Malformed(line, "the start is negative; seconds from the beginning are expected")
    if end_s < start_s:
        return Malformed(line, f"the end ({end_s:.3f} s) is before the start ({start_s:.3f} s)")
    if end_s > LONGEST_S:
        return Malformed(line, f"the end is more than {LONGEST_S / 3600:.0f} hours from the beginning")
    return Times(start_s, end_s)


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    # In whole milliseconds, so that equal times are equal numbers.
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return (whole * 1000 + int(fraction.ljust(3, "0"))) / 1000
