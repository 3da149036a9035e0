"""The queue between two workers: one producer, one consumer, a capacity, and a policy for when it is full."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from typing import Generic, TypeVar

from model.errors import UndertoneError

T = TypeVar("T")


class ChannelClosedError(UndertoneError):
    """Nobody reads this channel any more: the sender should end, too."""


class Policy(StrEnum):
    """What a full channel does with the next item."""

    WAIT = "wait"
    DROP_OLDEST = "drop_oldest"
    JOIN = "join"


class Channel(Generic[T]):
    """A bounded queue whose end travels downstream: after `close()` the consumer drains it and stops.

    Args:
        name: For logs and statistics.
        capacity: How many items may wait.
        policy: WAIT makes the sender wait. DROP_OLDEST drops the oldest waiting item that `may_drop` allows, counts
            it, and waits when there is none. JOIN lets `join` merge the new item into the last waiting one, full or
            not, and waits where it declines.
        may_drop: For DROP_OLDEST: whether an item may be dropped.
        join: For JOIN: the merged item, or None where the two cannot be merged.
        overtakes: Whether a new item, the first argument, passes one that waits. It passes no further than it may.
    """

    def __init__(
        self,
        name: str,
        capacity: int,
        policy: Policy = Policy.WAIT,
        *,
        may_drop: Callable[[T], bool] = lambda _: True,
        join: Callable[[T, T], T | None] = lambda _first, _second: None,
        overtakes: Callable[[T, T], bool] = lambda _new, _waiting: False,
    ) -> None:
        if capacity < 1:
            raise ValueError(f"channel {name}: a capacity of {capacity} can hold nothing")
        self.name = name
        self.capacity = capacity
        self.dropped = 0
        self.joined = 0
        self.deepest = 0
        self._policy = policy
        self._may_drop = may_drop
        self._join = join
        self._overtakes = overtakes
        self._items: deque[T] = deque()
        self._closed = False
        self._changed = asyncio.Condition()

    def __len__(self) -> int:
        return len(self._items)

    async def send(self, item: T) -> None:
        """Put an item in; under WAIT, when there is room.

        Raises:
            ChannelClosedError: The channel was closed before the item found room.
        """
        async with self._changed:
            if self._closed:
                raise ChannelClosedError(self.name)
            if self._merge(item) or self._drop_for(item):
                return
            while len(self._items) >= self.capacity and not self._make_room():
                await self._changed.wait()
                if self._closed:
                    raise ChannelClosedError(self.name)
            self._insert(item)
            self.deepest = max(self.deepest, len(self._items))
            self._changed.notify_all()

    async def close(self) -> None:
        """End the stream: what waits is still delivered. Closing twice is closing once."""
        async with self._changed:
            self._closed = True
            self._changed.notify_all()

    async def wait_closed(self) -> None:
        """Return once the channel was closed, by either end."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._closed)

    async def __aiter__(self) -> AsyncIterator[T]:
        """Items in order until the channel is closed and empty."""
        while True:
            async with self._changed:
                while not self._items:
                    if self._closed:
                        return
                    await self._changed.wait()
                item = self._items.popleft()
                self._changed.notify_all()
            yield item

    def _insert(self, item: T) -> None:
        place = len(self._items)
        while place and self._overtakes(item, self._items[place - 1]):
            place -= 1
        self._items.insert(place, item)

    def _merge(self, item: T) -> bool:
        if self._policy is not Policy.JOIN or not self._items or self._overtakes(item, self._items[-1]):
            return False
        merged = self._join(self._items[-1], item)
        if merged is None:
            return False
        self._items[-1] = merged
        self.joined += 1
        return True

    def _drop_for(self, item: T) -> bool:
        """Whether the new item itself is the one to drop: nothing older may go, and it may."""
        full = self._policy is Policy.DROP_OLDEST and len(self._items) >= self.capacity
        if not full or not self._may_drop(item) or any(map(self._may_drop, self._items)):
            return False
        self.dropped += 1
        return True

    def _make_room(self) -> bool:
        if self._policy is not Policy.DROP_OLDEST:
            return False
        for position, waiting in enumerate(self._items):
            if self._may_drop(waiting):
                del self._items[position]
                self.dropped += 1
                return True
        return False
