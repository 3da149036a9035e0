"""What waits to be decoded: takes of segments, the most urgent first."""

import threading
from dataclasses import dataclass
from enum import IntEnum


class Urgency(IntEnum):
    """Who waits for a take; the highest is decoded first."""

    PARTIAL = 0
    AHEAD = 1
    ENDED = 2


@dataclass(eq=False, slots=True)
class Take:
    """The sound of a segment up to some moment.

    Attributes:
        segment: The segment.
        number: What its text is answered for; 0 also for the text of a segment that goes on.
        pcm: 16-bit samples at 16 kHz.
        urgency: Who waits for it.
        shortened: Whether the segment was longer than this.
        void: Whether nobody wants it any more.
        done: Whether it was decoded, or dropped.
    """

    segment: str
    number: int
    pcm: bytes
    urgency: Urgency
    shortened: bool = False
    void: bool = False
    done: bool = False


class Takes:
    """A queue between the thread that hears and the one that decodes.

    As many takes wait as segments are open, twice at most.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[Take] = []
        self._closed = False

    def put(self, take: Take) -> None:
        """Let it wait."""
        with self._changed:
            self._waiting.append(take)
            self._changed.notify()

    def hurry(self, take: Take) -> None:
        """Somebody waits for this one now."""
        with self._changed:
            take.urgency = Urgency.ENDED

    def cancel(self, take: Take | None) -> None:
        """Nobody wants it any more: it is not begun, or not gone on with."""
        if take is None:
            return
        with self._changed:
            take.void = True
            if take in self._waiting:
                self._waiting.remove(take)
                take.done = True

    def next(self) -> Take | None:
        """The most urgent take that waits, the oldest of several; waits for one. None when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting)
            if self._closed:
                return None
            take = max(self._waiting, key=lambda waiting: waiting.urgency)
            self._waiting.remove(take)
            return take

    def is_void(self, take: Take) -> bool:
        """Whether going on with it would be for nothing; the text of a segment that goes on yields to all others."""
        yields = take.urgency is Urgency.PARTIAL and any(
            waiting.urgency is not Urgency.PARTIAL for waiting in list(self._waiting)
        )
        return take.void or self._closed or yields

    def close(self) -> None:
        """Nothing waits any more, and nothing is gone on with."""
        with self._changed:
            self._closed = True
            self._changed.notify()
