"""Work beside other work: it ends with it, and its failures are not swallowed."""

import asyncio

import pytest

from realtime.alongside import alongside


class Beside:
    """Runs until cancelled, or fails after some steps."""

    def __init__(self, fails_after: int | None = None) -> None:
        self.ended = False
        self._fails_after = fails_after

    async def run(self) -> None:
        try:
            if self._fails_after is None:
                await asyncio.Event().wait()
            for _ in range(self._fails_after or 0):
                await asyncio.sleep(0)
            raise OSError("beside")
        finally:
            self.ended = True


async def answer(value: int, steps: int = 3) -> int:
    for _ in range(steps):
        await asyncio.sleep(0)
    return value


async def test_the_others_end_with_the_main_work():
    others = [Beside(), Beside()]
    assert await alongside(answer(42), [other.run() for other in others]) == 42
    assert all(other.ended for other in others)


async def test_alone_it_is_the_main_work():
    assert await alongside(answer(1), []) == 1


async def test_a_failure_beside_ends_the_main_work_and_is_raised():
    main = Beside()
    with pytest.raises(OSError, match="beside"):
        await alongside(main.run(), [Beside(fails_after=2).run()])
    assert main.ended


async def test_cancelled_everything_ends():
    main, other = Beside(), Beside()
    task = asyncio.create_task(alongside(main.run(), [other.run()]))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert main.ended
    assert other.ended


async def test_work_that_swallows_a_cancellation_is_ended_nevertheless(monkeypatch):
    monkeypatch.setattr("realtime.alongside._AGAIN_S", 0.01)
    asked = 0

    async def stubborn() -> None:
        nonlocal asked
        while asked < 3:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                asked += 1

    assert await asyncio.wait_for(alongside(answer(42), [stubborn()]), 5) == 42
    assert asked == 3
