"""When somebody speaks: a state machine from speech probabilities to the beginnings, pauses and ends of segments.

It knows neither sound nor networks: time is counted in windows, one probability and one level each. Between the soft
endpoint and the speech that may follow no sound is released: what is released at a soft endpoint is, if silence lasts,
all there is to recognise, and the silence stays free to be the next segment's look-behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from realtime.events import EndReason


@dataclass(frozen=True, slots=True)
class Endpointing:
    """The rules; lengths in windows.

    Attributes:
        begin: Probability from which a window begins speech.
        stay: Probability from which a window keeps speech going.
        soft: Silence after which the recogniser should finish ahead.
        hard: Silence after which the segment has ended.
        shortest: Speech windows below which a segment was none.
        longest: Length at which a segment is cut by force.
        search: The stretch before `longest` in which the quietest point is looked for.
        look_behind: Windows before the first one of speech that belong to the segment.
    """

    begin: float
    stay: float
    soft: int
    hard: int
    shortest: int
    longest: int
    search: int
    look_behind: int


class MarkKind(StrEnum):
    """What a mark says about its window."""

    STARTED = "started"
    SOUND = "sound"
    PAUSED = "paused"
    RESUMED = "resumed"
    ENDED = "ended"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Mark:
    """One decision.

    Attributes:
        kind: What was decided.
        window: STARTED: first window of the segment. SOUND: one past the last window whose sound may go out. PAUSED and
            ENDED: one past the last window of speech. RESUMED and DISCARDED: the window at which it was decided.
        reason: Why the segment ended; None for other marks.
    """

    kind: MarkKind
    window: int
    reason: EndReason | None = None


_SMOOTHING = 0.4  # weight of the new level: a pause of 100 ms counts, the closure of a stop consonant does not


@dataclass(slots=True)
class _Segment:
    """A running segment; every field but the levels and flags is a window."""

    start: int
    spoken_until: int
    spoken: int
    continues: bool
    level_db: float
    paused: bool = False
    cut: int | None = None
    cut_db: float = 0.0
    spoken_after_cut: int = 0


class Endpointer:
    """The state machine of one channel.

    Per segment the marks come as STARTED, SOUND..., (PAUSED, RESUMED, SOUND...)..., then ENDED or DISCARDED. The SOUND
    marks of a segment grow from its start; sound released to one segment is never released to another. A segment cut by
    force goes on in the next one, which starts at the cut; a pause at the longest length ends it instead.
    """

    def __init__(self, rules: Endpointing) -> None:
        self._rules = rules
        self._next = 0  # the window that comes next
        self._free = 0  # sound before this window has been released
        self._segment: _Segment | None = None

    @property
    def is_open(self) -> bool:
        """Whether a segment is running."""
        return self._segment is not None

    @property
    def is_paused(self) -> bool:
        """Whether a segment is running that is past its soft endpoint."""
        return self._segment is not None and self._segment.paused

    @property
    def keep_from(self) -> int:
        """The earliest window whose sound may still be released."""
        return self._free if self.is_open else max(self._free, self._next - self._rules.look_behind)

    def step(self, probability: float, level_db: float) -> Sequence[Mark]:
        """Marks of the next window.

        Args:
            probability: That somebody speaks in it, 0 to 1.
            level_db: How loud it is; only differences count.
        """
        window, self._next = self._next, self._next + 1
        segment = self._segment
        if segment is None:
            return self._begin(window, level_db) if probability >= self._rules.begin else ()
        segment.level_db += _SMOOTHING * (level_db - segment.level_db)
        threshold = self._rules.stay if segment.spoken_until == window else self._rules.begin
        return self._speech(segment, window) if probability >= threshold else self._silence(segment, window)

    def flush(self) -> Sequence[Mark]:
        """End the running segment: nothing follows."""
        segment = self._segment
        if segment is None:
            return ()
        rest = () if segment.paused else self._release(self._next)
        return (*rest, self._end(segment, EndReason.END_OF_STREAM))

    def _begin(self, window: int, level_db: float) -> Sequence[Mark]:
        start = max(self._free, window - self._rules.look_behind)
        self._free = start
        self._segment = _Segment(start, window + 1, 1, continues=False, level_db=level_db)
        return (Mark(MarkKind.STARTED, start), *self._continue(self._segment, window))

    def _speech(self, segment: _Segment, window: int) -> Sequence[Mark]:
        resumed = (Mark(MarkKind.RESUMED, window),) if segment.paused else ()
        segment.paused = False
        segment.spoken_until = window + 1
        segment.spoken += 1
        segment.spoken_after_cut += 1
        return (*resumed, *self._continue(segment, window))

    def _silence(self, segment: _Segment, window: int) -> Sequence[Mark]:
        silent = window + 1 - segment.spoken_until
        if silent < self._rules.soft:
            return self._continue(segment, window)
        paused = () if segment.paused else self._pause(segment, window)
        if silent < self._rules.hard and window + 1 - segment.start < self._rules.longest:
            return paused
        return (*paused, self._end(segment, EndReason.SILENCE))

    def _pause(self, segment: _Segment, window: int) -> Sequence[Mark]:
        segment.paused = True
        segment.cut = None
        return (*self._release(window + 1), Mark(MarkKind.PAUSED, segment.spoken_until))

    def _continue(self, segment: _Segment, window: int) -> Sequence[Mark]:
        """Release sound: all of it, or, near the longest length, up to the quietest window so far."""
        length = window + 1 - segment.start
        if length <= self._rules.longest - self._rules.search:
            return self._release(window + 1)
        if segment.cut is None or segment.level_db <= segment.cut_db:
            segment.cut, segment.cut_db = window, segment.level_db
            segment.spoken_after_cut = int(segment.spoken_until == window + 1)
        released = self._release(segment.cut)
        return released if length < self._rules.longest else (*released, *self._split(segment, segment.cut, window))

    def _split(self, segment: _Segment, cut: int, window: int) -> Sequence[Mark]:
        self._segment = _Segment(
            start=cut,
            spoken_until=max(cut, segment.spoken_until),
            spoken=segment.spoken_after_cut,
            continues=True,
            level_db=segment.level_db,
        )
        end = Mark(MarkKind.ENDED, min(cut, segment.spoken_until), EndReason.FORCED)
        return (end, Mark(MarkKind.STARTED, cut), *self._release(window + 1))

    def _release(self, until: int) -> Sequence[Mark]:
        if until <= self._free:
            return ()
        self._free = until
        return (Mark(MarkKind.SOUND, until),)

    def _end(self, segment: _Segment, reason: EndReason) -> Mark:
        self._segment = None
        # What goes on after a forced cut is part of something long enough: any speech makes it count.
        if segment.spoken < (1 if segment.continues else self._rules.shortest):
            return Mark(MarkKind.DISCARDED, self._next - 1)
        return Mark(MarkKind.ENDED, segment.spoken_until, reason)
