"""What many coroutines ask for is computed together, and none of them pays for another."""

import asyncio
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from model.errors import SkippableError
from realtime.gathering import Gathering, GatheringClosedError
from realtime.model_thread import ModelThread
from tests.fakes import ManualClock

WAIT_S = 0.003


class Doubling:
    """Doubles numbers, remembers its calls, and may be told to stop at the next one until it is let go."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.began = threading.Semaphore(0)
        self.go = threading.Event()
        self.go.set()

    def __call__(self, items: Sequence[int]) -> list[int | Exception]:
        self.calls.append(list(items))
        self.began.release()
        self.go.wait()
        return [SkippableError("13 brings bad luck") if item == 13 else 2 * item for item in items]


class Bench:
    """A gathering with time that stands still, and what it calls."""

    def __init__(self, thread: ModelThread, members: int, most: int = 8) -> None:
        self.clock = ManualClock(stopped=True)
        self.doubling = Doubling()
        self.gathering: Gathering[int, int] = Gathering(self.doubling, thread, self.clock, most=most, wait_s=WAIT_S)
        for _ in range(members):
            self.gathering.join()

    def submit(self, *items: int) -> list[asyncio.Task[int]]:
        return [asyncio.create_task(self.gathering.submit(item)) for item in items]

    async def until_called(self) -> None:
        await asyncio.to_thread(self.doubling.began.acquire)


@pytest.fixture
def thread():
    thread = ModelThread("test")
    yield thread
    thread.close()


async def settle() -> None:
    """Let everything run that can run without time passing."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_one_member_alone_never_waits(thread):
    bench = Bench(thread, members=1)
    assert await bench.gathering.submit(1) == 2
    assert await bench.gathering.submit(2) == 4
    assert bench.clock.now_s() == 0
    assert bench.doubling.calls == [[1], [2]]


async def test_who_never_joined_does_not_wait_either(thread):
    bench = Bench(thread, members=0)
    assert await bench.gathering.submit(1) == 2


async def test_a_call_begins_at_once_when_every_member_has_asked(thread):
    bench = Bench(thread, members=3)
    assert await asyncio.gather(*bench.submit(1, 2, 3)) == [2, 4, 6]
    assert bench.doubling.calls == [[1, 2, 3]]


async def test_the_first_item_waits_for_others_but_not_longer_than_it_may(thread):
    bench = Bench(thread, members=3)
    first = bench.submit(1)
    await settle()
    bench.clock.advance(0.9 * WAIT_S)
    second = bench.submit(2)
    await settle()
    assert bench.doubling.calls == []
    bench.clock.advance(0.1 * WAIT_S)
    assert await asyncio.gather(*first, *second) == [2, 4]
    assert bench.doubling.calls == [[1, 2]]


async def test_when_the_member_that_is_missing_leaves_nobody_waits_for_it(thread):
    bench = Bench(thread, members=2)
    (asked,) = bench.submit(1)
    await settle()
    assert bench.doubling.calls == []
    bench.gathering.leave()
    assert await asked == 2


async def test_what_gathers_while_a_call_runs_is_taken_as_soon_as_it_has_ended(thread):
    bench = Bench(thread, members=9)
    bench.doubling.go.clear()
    tasks = bench.submit(*range(9))
    await bench.until_called()
    tasks += bench.submit(20, 21)
    await settle()
    bench.doubling.go.set()
    await asyncio.gather(*tasks)
    assert bench.doubling.calls == [list(range(8)), [8, 20, 21]]
    assert bench.clock.now_s() == 0


async def test_a_call_takes_no_more_than_it_may(thread):
    bench = Bench(thread, members=5, most=2)
    assert await asyncio.gather(*bench.submit(1, 2, 3, 4, 5)) == [2, 4, 6, 8, 10]
    assert bench.doubling.calls == [[1, 2], [3, 4], [5]]


async def test_a_bad_item_fails_alone(thread):
    bench = Bench(thread, members=3)
    outcomes = await asyncio.gather(*bench.submit(1, 13, 3), return_exceptions=True)
    assert outcomes[::2] == [2, 6]
    assert isinstance(outcomes[1], SkippableError)


async def test_a_bug_reaches_everyone_who_asked_and_the_next_call_runs(thread):
    clock = ManualClock()
    gathering: Gathering[int, float] = Gathering(lambda items: [1 / item for item in items], thread, clock, most=4)
    gathering.join()
    outcomes = await asyncio.gather(*(gathering.submit(item) for item in (1, 0)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ZeroDivisionError] * 2
    assert await gathering.submit(2) == 0.5


async def test_a_missing_outcome_is_a_bug_and_nobody_waits_for_it(thread):
    gathering: Gathering[int, int] = Gathering(lambda items: list(items)[1:], thread, ManualClock(), most=4)
    with pytest.raises(RuntimeError, match="1 items were given, 0 outcomes came back"):
        await gathering.submit(1)


async def test_whoever_gives_up_before_the_call_is_not_computed(thread):
    bench = Bench(thread, members=3)
    first, second = bench.submit(1, 2)
    await settle()
    first.cancel()
    bench.clock.advance(WAIT_S)
    assert await second == 4
    assert first.cancelled()
    assert bench.doubling.calls == [[2]]
    assert not bench.gathering.waiting


async def test_whoever_gives_up_during_the_call_leaves_the_others_their_results(thread):
    bench = Bench(thread, members=2)
    bench.doubling.go.clear()
    first, second = bench.submit(1, 2)
    await bench.until_called()
    first.cancel()
    await settle()
    bench.doubling.go.set()
    assert await second == 4
    assert first.cancelled()
    assert await asyncio.gather(*bench.submit(3, 4)) == [6, 8]


async def test_closing_refuses_what_waits_and_everything_later(thread):
    bench = Bench(thread, members=2)
    (waiting,) = bench.submit(1)
    await settle()
    await bench.gathering.close()
    for refused in (waiting, bench.gathering.submit(2)):
        with pytest.raises(GatheringClosedError):
            await refused
    assert bench.doubling.calls == []
    await bench.gathering.close()


async def test_closing_lets_the_running_call_end(thread):
    bench = Bench(thread, members=1)
    bench.doubling.go.clear()
    (running,) = bench.submit(1)
    await bench.until_called()
    (waiting,) = bench.submit(2)
    closing = asyncio.create_task(bench.gathering.close())
    await settle()
    assert not closing.done()
    bench.doubling.go.set()
    await closing
    assert await running == 2
    with pytest.raises(GatheringClosedError):
        await waiting


async def test_a_thread_that_is_gone_leaves_nobody_waiting(thread):
    bench = Bench(thread, members=1)
    thread.close()
    with pytest.raises(RuntimeError, match="shutdown"):
        await bench.gathering.submit(1)


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_order_things_come_in_everyone_gets_their_own_outcome(thread, seed):
    random = np.random.default_rng(seed)
    doubling = Doubling()
    gathering: Gathering[int, int] = Gathering(doubling, thread, ManualClock(), most=int(random.integers(1, 9)))
    tasks = []
    for item in range(20, 220):
        gathering.join()
        tasks.append(asyncio.create_task(gathering.submit(item)))
        for _ in range(random.integers(0, 3)):
            await asyncio.sleep(0)
        if random.random() < 0.2:
            tasks[random.integers(len(tasks))].cancel()
        if random.random() < 0.1:
            gathering.leave()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for item, outcome in enumerate(outcomes, start=20):
        assert outcome == 2 * item or isinstance(outcome, asyncio.CancelledError)
    computed = [item for call in doubling.calls for item in call]
    assert len(computed) == len(set(computed))
    assert not gathering.waiting
