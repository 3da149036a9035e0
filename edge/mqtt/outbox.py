"""What waits for the broker, in order and bounded."""

import asyncio
from collections import Counter, deque

from edge.wire.message import Message


class Outbox:
    """Messages from the moment they are said until the broker has acknowledged them.

    When it is full, the oldest event that waits is dropped and counted; what is retained is replaced by its newer
    version, and what may be lost anyway (QoS 0) does not outlive a connection.

    Args:
        capacity: How many messages may wait.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.dropped: Counter[str] = Counter()
        """Events dropped since `take_dropped`, by conversation."""
        self._waiting: deque[Message] = deque()
        self._underway: list[Message] = []
        self._changed = asyncio.Condition()

    def __len__(self) -> int:
        """Messages that the broker has not acknowledged."""
        return len(self._waiting) + len(self._underway)

    async def put(self, message: Message) -> None:
        """Let a message wait its turn."""
        async with self._changed:
            if message.retain:
                self._waiting = deque(waiting for waiting in self._waiting if waiting.topic != message.topic)
            self._waiting.append(message)
            self._shrink()
            self._changed.notify_all()

    async def take(self) -> Message:
        """The next message, once there is one; it stays ours until `done` or `recover`."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._waiting)
            message = self._waiting.popleft()
            self._underway.append(message)
            return message

    async def done(self, message: Message) -> None:
        """The broker has it."""
        async with self._changed:
            self._underway.remove(message)
            self._changed.notify_all()

    async def recover(self) -> None:
        """The connection broke: what was underway waits again, in its order; what may be lost is let go."""
        async with self._changed:
            self._waiting.extendleft(reversed(self._underway))
            self._underway.clear()
            self._waiting = deque(message for message in self._waiting if message.qos)
            self._shrink()

    async def shrunk_to(self, messages: int) -> None:
        """Return once the broker lacks no more than so many."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self) <= messages)

    async def drained(self) -> None:
        """Return once the broker has everything."""
        async with self._changed:
            await self._changed.wait_for(lambda: not len(self))

    async def relieved(self) -> None:
        """Return once something was dropped and half of the room is free again: now it can be told, and not before.

        Telling it to a full box would drop the next event, and in the end what was told before.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self.dropped and 2 * len(self) <= self.capacity)

    def take_dropped(self) -> Counter[str]:
        """What was dropped since the last call, by conversation."""
        dropped, self.dropped = self.dropped, Counter()
        return dropped

    def _shrink(self) -> None:
        while len(self._waiting) > self.capacity:
            victim = self._victim()
            self._waiting.remove(victim)
            if victim.is_event:
                self.dropped[victim.conversation or ""] += 1

    def _victim(self) -> Message:
        """The first that may be lost, else the oldest event, else the oldest."""
        partial = next((message for message in self._waiting if not message.qos), None)
        event = next((message for message in self._waiting if message.is_event), None)
        return partial or event or self._waiting[0]
