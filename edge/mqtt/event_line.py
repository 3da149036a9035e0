"""The events that wait for the broker, as memory knows them: the first of them, and how far the disk goes beyond."""

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from edge.storage.entry import Numbered

AHEAD: Final = 512
"""Events in memory before it is their turn; the others are read when it is."""


class EventLine:
    """Three stretches in a row: on disk and in memory; on disk only (`behind`); in memory only, held while disks fail.

    Attributes:
        read_to: Up to this number, what is on disk is in memory or was.
        stored_to: The newest number on disk.
        unstored: Numbers of events that are in memory only, those on their way to the broker among them.
    """

    def __init__(self) -> None:
        self.read_to = 0
        self.stored_to = 0
        self.unstored: set[int] = set()
        self._ahead: deque[Numbered] = deque()
        self._held: deque[Numbered] = deque()

    @property
    def behind(self) -> bool:
        """Whether the next event must be read from the disk."""
        return not self._ahead and self.stored_to > self.read_to

    @property
    def held(self) -> Sequence[Numbered]:
        """What waits in memory only."""
        return self._held

    def first(self) -> Numbered | None:
        """The event that has waited longest, of those in memory."""
        return self._ahead[0] if self._ahead else self._held[0] if self._held else None

    def pop(self) -> Numbered:
        """Take it."""
        return self._ahead.popleft() if self._ahead else self._held.popleft()

    def put_back(self, taken: Iterable[Numbered]) -> None:
        """Let events wait again, before all others."""
        for event in sorted(taken, key=lambda one: one.number, reverse=True):
            (self._held if event.number in self.unstored else self._ahead).appendleft(event)

    def hold(self, events: Iterable[Numbered]) -> None:
        """The disk did not take these."""
        for event in events:
            self._held.append(event)
            self.unstored.add(event.number)

    def drop_held(self) -> Numbered:
        """Let go of the event that has been held longest."""
        event = self._held.popleft()
        self.unstored.discard(event.number)
        return event

    def stored(self, again: Collection[Numbered], new: Collection[Numbered]) -> None:
        """The disk took these: `again` were held, and may be on their way or gone by now; `new` were never here."""
        numbers = {event.number for event in again}
        still = [event for event in self._held if event.number in numbers]
        self._held = deque(event for event in self._held if event.number not in numbers)
        self.unstored -= numbers
        for event in (*still, *new):
            if self.stored_to <= self.read_to and len(self._ahead) < AHEAD:
                self._ahead.append(event)
                self.read_to = event.number
            self.stored_to = max(self.stored_to, event.number)
        self.stored_to = max(self.stored_to, *numbers, 0)

    def read(self, events: Sequence[Numbered], up_to: int, on_their_way: Collection[int]) -> None:
        """What the disk gave when asked for `AHEAD` events after `read_to`; fewer are all there are up to a number."""
        self._ahead.extend(event for event in events if event.number not in on_their_way)
        self.read_to = events[-1].number if len(events) == AHEAD else up_to

    def strike(self, numbers: Collection[int]) -> None:
        """These are removed from the disk."""
        self._ahead = deque(event for event in self._ahead if event.number not in numbers)

    def forget(self, conversation: str, speaker: str | None) -> list[Numbered]:
        """Let go of what is about a conversation, or one speaker in it, of what is in memory."""
        gone = [one for one in (*self._ahead, *self._held) if one.message.is_about(conversation, speaker)]
        numbers = {event.number for event in gone}
        self.strike(numbers)
        self._held = deque(event for event in self._held if event.number not in numbers)
        self.unstored -= numbers
        return gone
