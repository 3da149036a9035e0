"""What is written to a store, and what is read from it."""

from dataclasses import dataclass

from edge.storage.note import Note
from edge.wire.message import Message


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event and its place in the order of all events; when it was made, seconds since 1970."""

    number: int
    message: Message
    made_at: float


@dataclass(frozen=True, slots=True)
class Entry:
    """What is written or not written as one.

    Attributes:
        events: New events, in order.
        note: What a running conversation goes on from now.
        over: A conversation that has ended, whose note goes; empty for none.
    """

    events: tuple[Numbered, ...] = ()
    note: Note | None = None
    over: str = ""

    @property
    def size(self) -> int:
        """Bytes of what is in it."""
        noted = () if self.note is None else self.note.parts.values()
        return sum(len(each.message.payload) for each in self.events) + sum(map(len, noted))

    def followed_by(self, later: "Entry") -> "Entry":
        """What is left to note of both, apart from their events."""
        if later.over:
            return Entry(over=later.over)
        if later.note is None or self.note is None or self.note.conversation != later.note.conversation:
            return Entry(note=later.note or self.note, over="" if later.note else self.over)
        return Entry(note=Note(later.note.conversation, {**self.note.parts, **later.note.parts}))


@dataclass(frozen=True, slots=True)
class Limit:
    """What must go when there is too much.

    Attributes:
        most: How many events may stay.
        beyond: Only events after this number may go for that: those before are on their way.
    """

    most: int
    beyond: int = 0


@dataclass(frozen=True, slots=True)
class Removed:
    """An event that was removed before the broker had it."""

    number: int
    conversation: str
