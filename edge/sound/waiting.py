"""Waiting for a moment in a way that ends early when nobody needs it any more."""

from collections.abc import Callable

from realtime.clock import Clock

_LONGEST_S = 0.1


async def wait_until(clock: Clock, moment_s: float, stopped: Callable[[], bool]) -> None:
    """Return once the clock has reached `moment_s`, or within a tenth of a second of `stopped()` becoming true."""
    while not stopped() and (now_s := clock.now_s()) < moment_s:
        await clock.sleep_until(min(moment_s, now_s + _LONGEST_S))
