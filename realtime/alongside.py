"""Work that lasts as long as other work does."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

_AGAIN_S = 0.5


async def alongside(main: Coroutine[Any, Any, T], others: Sequence[Coroutine[Any, Any, None]]) -> T:
    """What `main` returns; the others run beside it and are cancelled when it ends.

    Raises:
        Exception: What any of them raised first; it ends the rest.
    """
    try:
        async with asyncio.TaskGroup() as group:
            beside = [group.create_task(other) for other in others]
            try:
                result = await group.create_task(main)
            finally:
                await _end(beside)
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return result


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel tasks until they have ended: `asyncio.wait_for` of Python 3.11 can swallow a cancellation."""
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=_AGAIN_S)
