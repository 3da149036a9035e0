"""Captions that are being written: pieces and moments in, events out, whatever is wrong with some of them."""

from collections.abc import Iterator

from edge.captions.complaints import Complaints, too_late
from edge.captions.cue import Found, Malformed
from edge.captions.reader import CaptionReader, Format
from edge.captions.speaking import Speaking
from edge.captions.utterances import Assembler, Ignored, Joining, Made
from realtime.events import Event

_QUIET_S = 1.0


class LiveCaptions:
    """Says what came as soon as it is certain; what cannot be read is reported and left out.

    Args:
        kind: The format; None tells it from the first line.
        joining: When cues are one utterance.
        hold_s: After so many seconds in which nothing comes, what waits is taken for complete.
        speaking: Makes the events.
    """

    def __init__(self, kind: Format | None, joining: Joining, hold_s: float, speaking: Speaking) -> None:
        self._kind = kind
        self._hold_s = hold_s
        self._speaking = speaking
        self._reader = CaptionReader(kind)
        self._assembler = Assembler(joining, restarts=True)
        self._complaints = Complaints()
        self._came_at: float | None = None
        self._waits = False

    def due_at(self, now: float) -> float:
        """The moment at which `nothing_came` has something to do, if nothing does come."""
        if self._waits and self._came_at is not None:
            return self._came_at + self._hold_s
        return now + _QUIET_S

    def came(self, piece: bytes | None, now: float) -> Iterator[Event]:
        """What is certain with this piece; None for another file, which begins from its start."""
        if piece is None:
            yield from self._say(self._reader.end(), now)
            self._reader = CaptionReader(self._kind)
            return
        self._came_at = now
        self._waits = True
        yield from self._say(self._reader.push(piece), now)

    def nothing_came(self, now: float) -> Iterator[Event]:
        """What has waited long enough, then the silence."""
        if self._came_at is None:
            return
        if self._waits and now >= self._came_at + self._hold_s:
            yield from self._settle(now)
        if not self._waits:
            yield from self._speaking.silence(self._speaking.end_s + now - self._came_at)

    def ended(self, now: float) -> Iterator[Event]:
        """What is left: nothing follows."""
        yield from self._say(self._reader.end(), now)
        yield from self._settle(now)

    def _settle(self, now: float) -> Iterator[Event]:
        self._waits = False
        yield from self._say(self._reader.rest(), now)
        yield from self._events(self._assembler.rest(), now)

    def _say(self, found: Iterator[Found], now: float) -> Iterator[Event]:
        for one in found:
            if not isinstance(one, Malformed):
                yield from self._complaints.right()
            came_at = now if self._came_at is None else self._came_at
            yield from self._events(self._assembler.add(one, came_at), now)

    def _events(self, made: Iterator[Made], now: float) -> Iterator[Event]:
        for one in made:
            match one:
                case Malformed():
                    yield from self._complaints.malformed(one)
                case Ignored():
                    yield too_late(one)
                case _:
                    yield from self._speaking.silence(one.start_s)
                    yield from self._speaking.events(one, one.came_at, now)
