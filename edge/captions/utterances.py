"""Cues made into utterances: what rolls over is said once, and a sentence in several cues is one utterance."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from pydantic import Field

from edge.captions.cue import Cue, Found, Malformed
from edge.captions.markup import speech
from model.config import Config

_BACK_S = 30.0  # people talk at once and captions are out of order by seconds; more is another clock
_TOUCH_S = 0.05
_IDS = 1_000
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")  # noqa: RUF001 - as people write them


class Joining(Config):
    """When cues are one utterance, and how long that may get."""

    join_gap_s: float = Field(
        default=0.3,
        ge=0.0,
        le=10.0,
        description="Cues of one speaker closer than this are joined until a sentence ends, seconds; 0: never.",
    )
    join_characters: int = Field(
        default=300, ge=1, le=2_000, description="Longest utterance that cues are joined to, characters."
    )
    longest_characters: int = Field(
        default=2_000, ge=10, le=4_000, description="Longest text of an utterance, characters; the rest is left out."
    )


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody said, ready to be understood.

    Attributes:
        start_s: Start on the media clock, seconds.
        end_s: End on the media clock, seconds.
        speaker: Who; None where nobody is named.
        text: The words; never empty.
        truncated: Whether the end was left out because it was too long.
        came_at: Moment at which the last of it came.
    """

    start_s: float
    end_s: float
    speaker: str | None
    text: str
    truncated: bool
    came_at: float


@dataclass(frozen=True, slots=True)
class Ignored:
    """A cue that came too late to change anything: what it corrects was said."""

    line: int
    problem: str


Made: TypeAlias = Remark | Malformed | Ignored
"""What becomes of a cue."""


class Assembler:
    """Makes utterances of cues, in order.

    A cue that does not end a sentence is held back until the next one shows whether it goes on; while it is, a cue with
    the same id takes its place.

    Args:
        joining: When cues are one utterance.
        restarts: Whether times that jump back are a clock that began anew, instead of being malformed.
    """

    def __init__(self, joining: Joining, *, restarts: bool) -> None:
        self._joining = joining
        self._restarts = restarts
        self._held: list[Cue] = []
        self._shown: Cue | None = None
        self._ids: deque[str] = deque(maxlen=_IDS)
        self._came_at = 0.0
        self._offset_s = 0.0
        self._newest_s = 0.0  # latest start so far, on the media clock
        self._end_s = 0.0

    def add(self, found: Found, came_at: float) -> Iterator[Made]:
        """What is certain now that this is there.

        Args:
            found: A cue; or what cannot be read, which comes out after all that was before it.
            came_at: The moment at which it came.
        """
        if isinstance(found, Cue) and found.id is not None and found.id in self._ids:
            yield Ignored(found.line, "a text with this id was said before and stays as it is")
            return
        placed = found if isinstance(found, Malformed) else self._placed(found)
        if isinstance(placed, Malformed):
            yield from self.rest()
            yield placed
        else:
            yield from self._take(placed, came_at)

    def rest(self) -> Iterator[Made]:
        """What was held back."""
        held, self._held = self._held, []
        if not held:
            return
        self._ids.extend(cue.id for cue in held if cue.id is not None)
        text = _text(held)
        cut = _cut(text, self._joining.longest_characters)
        if text:
            end_s = max(cue.end_s for cue in held)
            yield Remark(held[0].start_s, end_s, held[0].speaker, cut, len(cut) < len(text), self._came_at)

    def _take(self, cue: Cue, came_at: float) -> Iterator[Made]:
        if self._replaces(cue):
            self._came_at = came_at
            return
        fresh = self._without_repetition(cue)
        self._shown = cue
        if not _text([fresh]):
            return
        if self._held and not self._goes_on(fresh):
            yield from self.rest()
        self._held.append(fresh)
        self._came_at = came_at
        if _SENTENCE_END.search(_text(self._held)) or not self._joining.join_gap_s:
            yield from self.rest()

    def _placed(self, cue: Cue) -> Cue | Malformed:
        """The cue with its times on the media clock, which never begins anew."""
        back_s = self._newest_s - (cue.start_s + self._offset_s)
        if back_s > _BACK_S:
            if not self._restarts:
                return Malformed(cue.line, f"the start is {back_s:.0f} s before that of an earlier cue")
            self._offset_s = self._end_s - cue.start_s
        start_s, end_s = cue.start_s + self._offset_s, cue.end_s + self._offset_s
        self._newest_s = max(self._newest_s, start_s)
        self._end_s = max(self._end_s, end_s)
        return replace(cue, start_s=start_s, end_s=end_s)

    def _replaces(self, cue: Cue) -> bool:
        for place, held in enumerate(self._held):
            if cue.id is not None and held.id == cue.id:
                self._held[place] = cue
                return True
        return False

    def _without_repetition(self, cue: Cue) -> Cue:
        """The cue without the rows that the one before it showed already, where captions roll."""
        before = self._shown
        if before is None or before.speaker != cue.speaker or cue.start_s - before.end_s > _TOUCH_S:
            return cue
        if len(before.rows) == len(cue.rows) == 1:
            return cue
        shown, rows = list(filter(None, before.rows)), list(filter(None, cue.rows))
        for count in range(min(len(shown), len(rows)), 0, -1):
            if shown[-count:] == rows[:count]:
                return replace(cue, rows=tuple(rows[count:]))
        return cue

    def _goes_on(self, cue: Cue) -> bool:
        last = self._held[-1]
        near = cue.start_s - last.end_s <= self._joining.join_gap_s
        fits = len(_text([*self._held, cue])) <= self._joining.join_characters
        return near and fits and cue.speaker == last.speaker


def _text(cues: Sequence[Cue]) -> str:
    return speech(" ".join(row for cue in cues for row in cue.rows))


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    return text[:longest].rpartition(" ")[0] or text[:longest]
