"""Work that lasts as long as other work does."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


async def alongside(main: Coroutine[Any, Any, T], others: Sequence[Coroutine[Any, Any, None]]) -> T:
    """What `main` returns; the others run beside it and are cancelled when it ends.

    Raises:
        Exception: What any of them raised first; it ends the rest.
    """
    try:
        async with asyncio.TaskGroup() as group:
            beside = [group.create_task(other) for other in others]
            result = await group.create_task(main)
            for task in beside:
                task.cancel()
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return result
