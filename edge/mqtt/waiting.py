"""What waits for the broker, as memory knows it: whose turn it is, what is on its way, and what is too much."""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from edge.mqtt.event_line import EventLine
from edge.mqtt.passing import Passing
from edge.storage.entry import Numbered, Removed
from edge.wire.message import Message

_DAY_S: Final = 86_400.0
_LIFECYCLE: Final = "/lifecycle"
_NEVER: Final = 1 << 63


@dataclass(frozen=True, slots=True)
class Room:
    """How much may wait.

    Attributes:
        events: Messages in all.
        memory: Messages that are in memory only.
        longest_s: For how long an event may wait, seconds.
    """

    events: int = 100_000
    memory: int = 10_000
    longest_s: float = 7 * _DAY_S


class Waiting:
    """All messages that the broker has not acknowledged, in the order in which they were said.

    Args:
        room: How much may wait.

    Attributes:
        events: How many of them are events.
        line: The events that wait.
        passing: The other messages that wait.
        gone: Numbers of events that the broker has and the disk still does.
        dropped: Events that were dropped, by conversation.
        dropped_ever: How many events were dropped in all.
    """

    def __init__(self, room: Room) -> None:
        self.events = 0
        self.line = EventLine()
        self.passing = Passing()
        self.gone: list[int] = []
        self.dropped: Counter[str] = Counter()
        self.dropped_ever = 0
        self._room = room
        self._number = 0
        self._unwritten: deque[int] = deque()
        self._underway: list[Numbered] = []
        self._forgotten: set[int] = set()  # of those underway: they are not sent again

    def __len__(self) -> int:
        return self.events + len(self.passing) + sum(not one.message.is_event for one in self._underway)

    def oldest_at(self) -> float | None:
        """When the event that has waited longest was made, seconds since 1970; None where none is in memory."""
        first = self.line.first()
        waiting = (*(one for one in self._underway if one.message.is_event), *(() if first is None else (first,)))
        return min((event.made_at for event in waiting), default=None)

    def found(self, events: int, newest: int) -> None:
        """So many events are on disk from earlier, up to a number."""
        self.events, self._number = events, newest
        self.line.stored_to = newest

    def admit(self, message: Message, made_at: float) -> Numbered | None:
        """Give a message its place; an event is returned, to be written before its turn can come."""
        self._number += 1
        if not message.is_event:
            self.passing.add(self._number, message)
            return None
        self.events += 1
        self._unwritten.append(self._number)
        return Numbered(self._number, message, made_at)

    @property
    def due(self) -> bool:
        """Whether the next message is in memory and its turn has come."""
        return self._next_number() < _NEVER

    def take(self) -> Message:
        """The next message; it is underway until `done` or `recover`."""
        event = self.line.first()
        if event is not None and event.number == self._next_number():
            taken = self.line.pop()
        else:
            taken = Numbered(*self.passing.pop(), made_at=0.0)
        self._underway.append(taken)
        return taken.message

    def done(self, message: Message) -> None:
        """The broker has it."""
        taken = next(one for one in self._underway if one.message == message)
        self._underway.remove(taken)
        if message.is_event:
            self.events -= 1
            self.gone.append(taken.number)
            self.line.unstored.discard(taken.number)
            self._forgotten.discard(taken.number)

    def refused(self, message: Message) -> None:
        """The broker will never have it. Where it would have said what was lost, nothing can say so there."""
        self.done(message)
        self.dropped_ever += 1
        if not message.topic.endswith(_LIFECYCLE):
            self.dropped[message.conversation or ""] += 1

    def recover(self) -> None:
        """What was underway waits again, in its order; what may be lost is let go."""
        taken, self._underway = self._underway, []
        self._drop(one.message.conversation for one in taken if one.number in self._forgotten)
        self.line.put_back(one for one in taken if one.message.is_event and one.number not in self._forgotten)
        self.passing.put_back((one.number, one.message) for one in taken)
        self.passing.drop_partials()
        self._forgotten.clear()

    def on_their_way(self) -> set[int]:
        """Numbers of what the broker is about to have, or has."""
        return {one.number for one in self._underway}.union(self.gone)

    def newest_underway(self) -> int:
        """The greatest number on its way; 0 for none."""
        return max((one.number for one in self._underway), default=0)

    def unstored(self) -> tuple[Numbered, ...]:
        """Events in memory only, in order: those on their way, too, which may come back."""
        underway = [one for one in self._underway if one.number in self.line.unstored]
        return (*sorted(underway, key=lambda one: one.number), *self.line.held)

    def stored(self, again: Sequence[Numbered], new: Sequence[Numbered]) -> None:
        """The disk took events that were in memory only, and new ones."""
        self.line.stored(again, new)
        self._settle(new)

    def hold(self, events: Sequence[Numbered]) -> None:
        """The disk did not take these."""
        self.line.hold(events)
        self._settle(events)

    def strike(self, removed: Sequence[Removed]) -> int:
        """These are not on disk any more. What is on its way to the broker is not lost by that; the others are.

        Returns:
            How many are lost.
        """
        self.line.strike({one.number for one in removed})
        on_their_way = self.on_their_way()
        return self._drop(one.conversation for one in removed if one.number not in on_their_way)

    def expire(self, before: float) -> None:
        """Drop what is in memory only and was made before a moment."""
        while self.line.held and self.line.held[0].made_at < before:
            self._drop_held()

    def shrink(self, most: int) -> None:
        """Let go of what memory holds too much of; of all messages, `most` may stay."""
        while len(self) > most and self.passing.drop_one():
            pass
        while len(self.passing) + len(self.line.held) > self._room.memory:
            if not self.passing.drop_one():
                self._drop_held()

    def forget(self, conversation: str, speaker: str | None) -> set[int]:
        """Let go of what is in memory about a conversation, or one speaker in it; the numbers of the events."""
        self.passing.forget(conversation, speaker)
        self._forgotten |= {one.number for one in self._underway if one.message.is_about(conversation, speaker)}
        numbers = {one.number for one in self.line.forget(conversation, speaker)}
        self.events -= len(numbers)
        return numbers

    def forgotten_on_disk(self, removed: Sequence[Removed], in_memory: Collection[int]) -> set[int]:
        """Numbers of the events that were forgotten on disk, beyond those that were in memory or are on their way."""
        numbers = {one.number for one in removed}.difference(in_memory, self.on_their_way())
        self.events -= len(numbers)
        return numbers

    def _next_number(self) -> int:
        event, passing = self.line.first(), self.passing.first()
        if event is not None and (passing is None or event.number < passing):
            return event.number
        unwritten = self._unwritten[0] if self._unwritten else _NEVER
        return passing if passing is not None and passing < unwritten else _NEVER

    def _settle(self, events: Sequence[Numbered]) -> None:
        while events and self._unwritten and self._unwritten[0] <= events[-1].number:
            self._unwritten.popleft()

    def _drop_held(self) -> None:
        event = self.line.drop_held()
        self.gone.append(event.number)  # it may just be on its way to the disk
        self._drop([event.message.conversation])

    def _drop(self, conversations: Iterable[str | None]) -> int:
        lost = Counter(conversation or "" for conversation in conversations)
        self.dropped += lost
        self.dropped_ever += lost.total()
        self.events -= lost.total()
        return lost.total()
