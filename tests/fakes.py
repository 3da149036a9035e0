"""Ordinary classes that stand in for the clock and for devices."""

import asyncio


class ManualClock:
    """Time that only goes when somebody waits for it or says so.

    Args:
        now_s: Where it starts.
        stopped: Waiting does not move it; only `advance` does.
    """

    def __init__(self, now_s: float = 0.0, *, stopped: bool = False) -> None:
        self._now_s = now_s
        self._stopped = stopped
        self._moved = asyncio.Event()

    def now_s(self) -> float:
        return self._now_s

    def advance(self, by_s: float) -> None:
        self._now_s += by_s
        self._moved.set()

    async def sleep_until(self, moment_s: float) -> None:
        await asyncio.sleep(0)
        while self._stopped and self._now_s < moment_s:
            self._moved.clear()
            await self._moved.wait()
        self._now_s = max(self._now_s, moment_s)
