"""The one thread that owns the networks of a device: calls are short, in order, and never on the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class ModelThread:
    """A single worker thread shared by every model of a device."""

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a function on the thread and wait for what it returns."""
        return await self.start(function, *args, **kwargs)

    def start(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[R]:
        """Have a function called on the thread, after what was asked for before; the future is what it returns."""
        return asyncio.get_running_loop().run_in_executor(self._executor, lambda: function(*args, **kwargs))

    def close(self) -> None:
        """End the thread after the call in progress; may be called twice."""
        self._executor.shutdown(wait=True, cancel_futures=True)
