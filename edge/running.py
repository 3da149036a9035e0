"""Running an application to its end: ready, work, and the ways out that Ctrl-C and a service manager take."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

from edge.app import App, RunReport
from edge.monitoring.overseer import overseen
from edge.monitoring.service_manager import ServiceManager
from realtime.protocols import SourceInfo

STOP_WITHIN_S = 1.5
"""After the first signal, what was heard is still worked off for this long; then it is given up."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Interruption:
    """What a signal does: the first asks for a clean end, the second or a passed deadline cancels."""

    def __init__(self, app: App, work: asyncio.Task[RunReport], manager: ServiceManager) -> None:
        self._app = app
        self._work = work
        self._manager = manager
        self._asked = False

    def __call__(self) -> None:
        self._manager.stopping()
        if self._asked or not self._app.ready:
            self._work.cancel()
            return
        self._asked = True
        self._app.stop()
        asyncio.get_running_loop().call_later(STOP_WITHIN_S, self._work.cancel)


async def run_to_end(app: App, on_ready: Callable[[SourceInfo], Awaitable[None]]) -> RunReport:
    """Open an application, run it until its source ends or a signal comes, and close it.

    Args:
        app: What to run.
        on_ready: Awaited when everything is ready, before the first sound is heard.

    Raises:
        UsageError: As `App.open` and `App.run` do.
        KeyboardInterrupt: A signal came before it was ready, or what was heard could not be worked off in time.
    """
    loop = asyncio.get_running_loop()
    manager = ServiceManager.of(os.environ)
    work = asyncio.create_task(_work(app, on_ready, manager), name="undertone")
    interruption = _Interruption(app, work, manager)
    for number in _SIGNALS:
        loop.add_signal_handler(number, interruption)
    try:
        await asyncio.wait({work})
    except asyncio.CancelledError:
        work.cancel()
        await asyncio.wait({work})
        raise
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
    if work.cancelled():
        raise KeyboardInterrupt
    return work.result()


async def _work(app: App, on_ready: Callable[[SourceInfo], Awaitable[None]], manager: ServiceManager) -> RunReport:
    async with overseen(app, manager):
        try:
            await on_ready(await app.open())
            manager.ready()
            return await app.run()
        finally:
            manager.stopping()
            await app.close()
