"""Time as a dependency: monotonic seconds and a way to wait for them."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """A monotonic clock. Its zero means nothing; only differences do."""

    def now_s(self) -> float:
        """Seconds since some fixed moment."""

    async def sleep_until(self, moment_s: float) -> None:
        """Return once `now_s()` has reached `moment_s`; at once if it already has."""


class SystemClock:
    """The machine's monotonic clock."""

    def now_s(self) -> float:
        """Seconds since some fixed moment, never running backwards."""
        return time.monotonic()

    async def sleep_until(self, moment_s: float) -> None:
        """Wait without blocking the event loop."""
        await asyncio.sleep(max(0.0, moment_s - time.monotonic()))
