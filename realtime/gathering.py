"""Calls to a network, shared: what many coroutines ask for within a few milliseconds is computed in one call."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Generic, TypeVar

from model.errors import UndertoneError
from realtime.clock import Clock
from realtime.model_thread import ModelThread

Item = TypeVar("Item")
Result = TypeVar("Result")

WAIT_S = 0.003
"""How long the first item waits for others at most."""


class GatheringClosedError(UndertoneError):
    """Nothing is computed here any more: who asks should end, too."""


class Gathering(Generic[Item, Result]):
    """Collects items of many coroutines and computes them together on the thread of the networks.

    A call begins once every member has an item waiting, once it is full, or `wait_s` after the first item came; so one
    member alone never waits. What comes while a call runs is taken as soon as that has ended. Everything here belongs
    to one event loop; only `compute` runs on the thread.

    Args:
        compute: One outcome per item, in order: a result, or an error that this item alone is to blame for. What it
            raises is every item's error.
        thread: Where it is called.
        clock: For waiting.
        most: How many items a call takes.
        wait_s: How long the first item waits for others at most, seconds.
    """

    def __init__(
        self,
        compute: Callable[[Sequence[Item]], Sequence[Result | Exception]],
        thread: ModelThread,
        clock: Clock,
        *,
        most: int,
        wait_s: float = WAIT_S,
    ) -> None:
        self._compute = compute
        self._thread = thread
        self._clock = clock
        self._most = most
        self._wait_s = wait_s
        self._members = 0
        self._waiting: dict[asyncio.Future[Result], Item] = {}
        self._enough = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def waiting(self) -> Collection[Item]:
        """Items that no call has taken yet, oldest first."""
        return self._waiting.values()

    def join(self) -> None:
        """Somebody more will submit: the items of others wait a moment for theirs."""
        self._members += 1
        self._notice()

    def leave(self) -> None:
        """Somebody who joined submits no more."""
        self._members -= 1
        self._notice()

    async def submit(self, item: Item) -> Result:
        """The outcome of one item. Cancelled, an item that no call has taken is never computed.

        Raises:
            GatheringClosedError: It was closed before a call took the item.
            Exception: The outcome, where that is an error.
        """
        if self._closed:
            raise GatheringClosedError("nothing is computed here any more")
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting[future] = item
        self._notice()
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve(), name="gathering")
        try:
            return await future
        finally:
            self._waiting.pop(future, None)

    async def close(self) -> None:
        """Refuse what waits and return once the running call has ended. May be called twice."""
        self._closed = True
        for future in self._waiting:
            if not future.done():
                future.set_exception(GatheringClosedError("nothing is computed here any more"))
        self._waiting.clear()
        self._notice()
        if self._serving is not None:
            await asyncio.wait({self._serving})

    def _notice(self) -> None:
        """Keep `_enough` set while waiting longer could bring nothing more."""
        if self._closed or len(self._waiting) >= min(self._members, self._most):
            self._enough.set()
        else:
            self._enough.clear()

    async def _serve(self) -> None:
        """Call until nothing waits; only the first call waits for others."""
        try:
            await self._wait_for_others()
            while taken := self._take():
                await self._call(taken)
        finally:
            self._serving = None

    async def _wait_for_others(self) -> None:
        if self._enough.is_set():
            return
        until = asyncio.create_task(self._clock.sleep_until(self._clock.now_s() + self._wait_s), name="gathering time")
        enough = asyncio.create_task(self._enough.wait(), name="gathering enough")
        try:
            await asyncio.wait((until, enough), return_when=asyncio.FIRST_COMPLETED)
        finally:
            until.cancel()
            enough.cancel()

    async def _call(self, taken: Sequence[tuple[asyncio.Future[Result], Item]]) -> None:
        work = self._thread.run(self._outcomes, [item for _, item in taken])
        (call,), _ = await asyncio.wait({asyncio.create_task(work, name="gathered call")})
        if call.cancelled():
            for future, _ in taken:
                future.cancel()
            return
        failure = call.exception()
        outcomes = call.result() if failure is None else [failure] * len(taken)
        for (future, _), outcome in zip(taken, outcomes, strict=True):
            _settle(future, outcome)

    def _take(self) -> list[tuple[asyncio.Future[Result], Item]]:
        """The oldest items, leaving out those whose submitter was cancelled just now."""
        wanted = [future for future in self._waiting if not future.done()]
        return [(future, self._waiting.pop(future)) for future in wanted[: self._most]]

    def _outcomes(self, items: Sequence[Item]) -> Sequence[Result | Exception]:
        outcomes = self._compute(items)
        if len(outcomes) != len(items):
            raise RuntimeError(f"{len(items)} items were given, {len(outcomes)} outcomes came back")
        return outcomes


def _settle(future: asyncio.Future[Result], outcome: Result | BaseException) -> None:
    """Hand an outcome to whoever still waits for it."""
    if future.done():
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
