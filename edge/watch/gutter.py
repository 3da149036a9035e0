"""The links between utterances, drawn left of them: from the words that caused to the feeling that was caused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.text import Text

LANES: Final = 4
"""How many arcs may run side by side; more are not drawn."""

WIDTH: Final = LANES + 3
"""Columns: the lanes, a line and an arrowhead, a space."""


@dataclass(frozen=True, slots=True)
class Arc:
    """Where one cause points to, in lines of the drawing.

    Attributes:
        start: Line of the causing words; negative when they have scrolled away.
        ends: Lines of the feelings they caused, ascending, all below `start`.
        style: Colour of the line.
        end_styles: Colour of each arrowhead.
    """

    start: int
    ends: tuple[int, ...]
    style: str
    end_styles: tuple[str, ...]


def draw_gutter(arcs: Sequence[Arc], lines: int) -> list[Text]:
    """The gutter of every line, `WIDTH` columns each. Short arcs run next to the text, long ones outside."""
    canvas = _Canvas(lines)
    taken: list[list[range]] = [[] for _ in range(LANES)]
    for arc in sorted(arcs, key=lambda arc: (arc.ends[-1] - arc.start, arc.start)):
        span = range(max(arc.start, 0), arc.ends[-1] + 1)
        lane = next((lane for lane in range(LANES) if not any(_meet(span, other) for other in taken[lane])), None)
        if lane is not None:
            taken[lane].append(span)
            canvas.draw(arc, LANES - 1 - lane)
    return canvas.texts()


def _meet(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8
_BOXES: Final = {
    _UP | _DOWN: "│",
    _LEFT | _RIGHT: "─",
    _DOWN | _RIGHT: "╭",
    _UP | _RIGHT: "╰",
    _UP | _DOWN | _RIGHT: "├",
    _DOWN | _LEFT | _RIGHT: "┬",
    _UP | _LEFT | _RIGHT: "┴",
    _UP | _DOWN | _LEFT | _RIGHT: "┼",
}


class _Canvas:
    """Cells that remember which of their four sides lines leave by; where arcs cross, the sides add up."""

    def __init__(self, lines: int) -> None:
        self._sides = [[0] * (WIDTH - 1) for _ in range(lines)]
        self._styles = [[""] * (WIDTH - 1) for _ in range(lines)]
        self._heads: dict[int, str] = {}

    def draw(self, arc: Arc, column: int) -> None:
        last = arc.ends[-1]
        for line in range(max(arc.start, 0), last + 1):
            up = _UP if line > arc.start else 0
            down = _DOWN if line < last else 0
            self._add(line, column, up | down, arc.style)
        if arc.start >= 0:
            self._across(arc.start, column, arc.style)
        for line, style in zip(arc.ends, arc.end_styles, strict=True):
            self._across(line, column, arc.style)
            self._heads[line] = style

    def texts(self) -> list[Text]:
        """One text per line."""
        return [self._text(line) for line in range(len(self._sides))]

    def _text(self, line: int) -> Text:
        text = Text()
        for sides, style in zip(self._sides[line], self._styles[line], strict=True):
            text.append(_BOXES.get(sides, " "), style)
        if line in self._heads:
            text.right_crop(1)
            text.append("▸", self._heads[line])
        return text.append(" ")

    def _across(self, line: int, column: int, style: str) -> None:
        self._add(line, column, _RIGHT, style)
        for right in range(column + 1, WIDTH - 1):
            self._add(line, right, _LEFT | _RIGHT, style)

    def _add(self, line: int, column: int, sides: int, style: str) -> None:
        self._sides[line][column] |= sides
        self._styles[line][column] = style
