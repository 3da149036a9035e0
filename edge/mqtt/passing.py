"""What waits for the broker in memory only: retained state, which is said anew, and what may be lost anyway."""

from collections import OrderedDict
from collections.abc import Iterable

from edge.wire.message import Message


class Passing:
    """Messages by their number in the order of all messages; of what is retained, the newest version."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[int, Message] = OrderedDict()
        self._retained: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, number: int, message: Message) -> None:
        """Let a message wait behind all others."""
        if message.retain:
            self._waiting.pop(self._retained.get(message.topic, 0), None)
            self._retained[message.topic] = number
        self._waiting[number] = message

    def add_first(self, message: Message) -> None:
        """Let a message wait before all others."""
        if message.retain:
            self._waiting.pop(self._retained.pop(message.topic, 0), None)
        self.put_back([(0, message)])

    def first(self) -> int | None:
        """The number of the one that has waited longest."""
        return next(iter(self._waiting), None)

    def pop(self) -> tuple[int, Message]:
        """Take the one that has waited longest."""
        number = next(iter(self._waiting))
        return number, self._remove(number)

    def put_back(self, taken: Iterable[tuple[int, Message]]) -> None:
        """Let messages wait again before all others, in their order; what may be lost and what is outdated goes."""
        for number, message in sorted(taken, reverse=True, key=lambda one: one[0]):
            if message.retain and message.topic not in self._retained:
                self._retained[message.topic] = number
                self._waiting[number] = message
                self._waiting.move_to_end(number, last=False)

    def drop_one(self) -> bool:
        """Let go of one: of what may be lost, else of what is retained. False where nothing waits."""
        if not self._waiting:
            return False
        partial = (number for number, message in self._waiting.items() if not message.qos)
        # A message that clears what the broker retains is needed longer than one that will be said anew.
        state = (number for number, message in self._waiting.items() if message.payload)
        self._remove(next(partial, 0) or next(state, 0) or next(iter(self._waiting)))
        return True

    def drop_partials(self) -> None:
        """Let go of what may be lost."""
        for number in [number for number, message in self._waiting.items() if not message.qos]:
            self._remove(number)

    def forget(self, conversation: str, speaker: str | None) -> None:
        """Let go of what may be lost about a conversation, or about one speaker in it."""
        for number in [number for number, message in self._waiting.items() if not message.qos]:
            if self._waiting[number].is_about(conversation, speaker):
                self._remove(number)

    def _remove(self, number: int) -> Message:
        message = self._waiting.pop(number)
        if message.retain:
            del self._retained[message.topic]
        return message
