"""Many conversations share one engine: each is read in its order, and none is hurt by another."""

import asyncio
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from model.analysis import Analysis, Status
from model.decision import Decision
from model.errors import SkippableError
from model.graph import GraphRules
from model.modality import Modality
from realtime.gathering import GatheringClosedError
from realtime.incremental.engine import Arrival, IncrementalEngine
from realtime.incremental.scheduler import Scheduler
from realtime.model_thread import ModelThread
from tests.fakes import ManualClock
from tests.strategies import FEATURES, untrained

RULES = GraphRules(past=2, ahead=1, cross_task_past=2, cause_past=2)
WAIT_S = 0.003


class WatchedEngine(IncrementalEngine):
    """The engine, remembering how many utterances each step read; may be told to stop before the next one."""

    def __init__(self) -> None:
        super().__init__(untrained(RULES), Decision())
        self.steps: list[int] = []
        self.began = threading.Semaphore(0)
        self.go = threading.Event()
        self.go.set()

    def step(self, arrivals: Sequence[Arrival]) -> list[Analysis]:
        self.steps.append(len(arrivals))
        self.began.release()
        self.go.wait()
        return super().step(arrivals)


class Desk:
    """A scheduler in time that stands still."""

    def __init__(self, thread: ModelThread) -> None:
        self.clock = ManualClock(stopped=True)
        self.engine = WatchedEngine()
        self.scheduler = Scheduler(self.engine, thread, self.clock, wait_s=WAIT_S)

    async def open(self, count: int) -> list[int]:
        return [await self.scheduler.open() for _ in range(count)]

    def submit(self, *arrivals: Arrival) -> asyncio.Task[list[Analysis]]:
        return asyncio.create_task(self.scheduler.submit(arrivals))

    async def until_reading(self) -> None:
        await asyncio.to_thread(self.engine.began.acquire)


@pytest.fixture
def desk():
    thread = ModelThread("test")
    yield Desk(thread)
    thread.close()


def arrival(lane: int, utterance: int = 0, value: float = 0.5) -> Arrival:
    return Arrival(lane, utterance, {Modality.TEXT: np.full(FEATURES, value, np.float32)}, "anna")


def alone(*values: float) -> list[Analysis]:
    """What an engine of its own says of a conversation, and at its end."""
    engine = WatchedEngine()
    lane = engine.open()
    return [*engine.step([arrival(lane, *item) for item in enumerate(values)]), engine.finish(lane)]


def assert_same(ours: Sequence[Analysis], theirs: Sequence[Analysis]) -> None:
    for one, other in zip(ours, theirs, strict=True):
        for emotion, same in zip(one.emotions, other.emotions, strict=True):
            assert (emotion.utterance, emotion.revision, emotion.status) == (
                same.utterance,
                same.revision,
                same.status,
            )
            assert emotion.probabilities == pytest.approx(same.probabilities, abs=1e-5)


async def settle() -> None:
    """Let everything run that can run without time passing."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_one_conversation_never_waits(desk):
    (lane,) = await desk.open(1)
    said = [
        *await desk.submit(arrival(lane, 0, 0.1)),
        *await desk.submit(arrival(lane, 1, -0.4), arrival(lane, 2, 0.9)),
    ]
    assert_same([*said, await desk.scheduler.finish(lane)], alone(0.1, -0.4, 0.9))
    assert desk.clock.now_s() == 0
    assert desk.engine.steps == [1, 2]


async def test_conversations_that_come_together_are_read_in_one_step(desk):
    one, other, silent = await desk.open(3)
    said = [desk.submit(arrival(one, 0, 0.1)), desk.submit(arrival(other, 0, 0.7))]
    await settle()
    assert desk.engine.steps == []
    desk.clock.advance(WAIT_S)
    assert_same([(await task)[0] for task in said], [alone(0.1)[0], alone(0.7)[0]])
    assert desk.engine.steps == [2]
    assert (await desk.scheduler.finish(silent)).emotions == ()


async def test_a_conversation_that_finished_or_closed_is_not_waited_for(desk):
    running, finished, closed = await desk.open(3)
    await desk.scheduler.finish(finished)
    await desk.scheduler.close(closed)
    await desk.scheduler.close(finished)
    assert_same(await desk.submit(arrival(running)), alone(0.5)[:1])


async def test_bad_input_of_one_conversation_hurts_no_other(desk):
    lanes = await desk.open(5)
    await asyncio.gather(*(desk.submit(arrival(lane)) for lane in lanes))
    nan, again, gap, wide, good = (
        arrival(lane, utterance) for lane, utterance in zip(lanes, (1, 0, 7, 1, 1), strict=True)
    )
    nan.features[Modality.TEXT][2] = np.nan
    wide = Arrival(wide.lane, 1, {Modality.TEXT: np.zeros(FEATURES + 1, np.float32)}, "anna")
    tasks = [desk.submit(item) for item in (nan, again, gap, wide, good)]
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    for outcome, error, words in zip(
        outcomes,
        (SkippableError, SkippableError, ValueError, ValueError),
        ("not finite", "has been read already", "utterance 7 of lane 2 came where 1 was due", "have shape"),
        strict=False,
    ):
        assert type(outcome) is error
        assert words in str(outcome)
    assert_same(outcomes[4], alone(0.5, 0.5)[1:2])
    assert await asyncio.gather(
        *(desk.submit(arrival(lane, 1)) for lane in lanes[:4]), desk.submit(arrival(good.lane, 2))
    )


async def test_a_refused_utterance_may_be_handed_in_again(desk):
    (lane,) = await desk.open(1)
    with pytest.raises(SkippableError, match="not finite"):
        await desk.submit(arrival(lane, 0, float("inf")))
    assert_same(await desk.submit(arrival(lane, 0, 0.1)), alone(0.1)[:1])


async def test_utterances_of_one_conversation_handed_in_apart_keep_their_order(desk):
    one, _silent = await desk.open(2)
    said = [desk.submit(arrival(one, *item)) for item in enumerate((0.1, -0.4, 0.9))]
    await asyncio.gather(*said)
    assert desk.engine.steps == [3]
    assert_same([task.result()[0] for task in said], alone(0.1, -0.4, 0.9)[:3])


async def test_what_is_handed_in_belongs_to_one_conversation(desk):
    one, other = await desk.open(2)
    assert await desk.scheduler.submit([]) == []
    with pytest.raises(ValueError, match=r"lanes \[0, 1\] came as one lane's"):
        await desk.scheduler.submit([arrival(one), arrival(other)])


async def test_a_correction_replaces_what_waits(desk):
    one, _silent = await desk.open(2)
    reading = desk.submit(arrival(one, 0, 0.1), arrival(one, 1, 0.2))
    await settle()
    desk.scheduler.correct(arrival(one, 1, -0.8))
    desk.clock.advance(WAIT_S)
    assert_same(await reading, alone(0.1, -0.8)[:2])


async def test_a_correction_that_comes_too_late_or_for_nothing_is_refused_with_the_reason(desk):
    (lane,) = await desk.open(1)
    await desk.submit(arrival(lane))
    desk.engine.go.clear()
    reading = desk.submit(arrival(lane, 1))
    for _ in range(2):
        await desk.until_reading()
    for utterance, error, words in (
        (0, SkippableError, "utterance 0 of lane 0 has been read already; what it read on arrival stays"),
        (1, SkippableError, "utterance 1 of lane 0 is being read already; what it read on arrival stays"),
        (5, ValueError, "utterance 5 of lane 0"),
    ):
        with pytest.raises(error, match=words):
            desk.scheduler.correct(arrival(lane, utterance))
    desk.engine.go.set()
    assert_same(await reading, alone(0.5, 0.5)[1:2])
    with pytest.raises(ValueError, match="utterance 2 of lane 0 has not come yet"):
        desk.scheduler.correct(arrival(lane, 2))
    with pytest.raises(ValueError, match="lane 9 is not open"):
        desk.scheduler.correct(arrival(9))


async def test_a_correction_that_cannot_be_read_leaves_what_waits(desk):
    one, _silent = await desk.open(2)
    reading = desk.submit(arrival(one, 0, 0.1))
    await settle()
    with pytest.raises(SkippableError, match="not finite"):
        desk.scheduler.correct(arrival(one, 0, float("nan")))
    desk.clock.advance(WAIT_S)
    assert_same(await reading, alone(0.1)[:1])


async def test_finishing_and_closing_come_after_what_waits(desk):
    one, _silent = await desk.open(2)
    reading = desk.submit(arrival(one, 0, 0.1))
    await settle()
    finishing = asyncio.create_task(desk.scheduler.finish(one))
    await settle()
    closing = asyncio.create_task(desk.scheduler.close(one))
    desk.clock.advance(WAIT_S)
    said, end = await reading, await finishing
    await closing
    assert_same([*said, end], alone(0.1))
    assert end.emotions[0].status is Status.FINAL
    with pytest.raises(ValueError, match="lane 0 is not open"):
        await desk.submit(arrival(one, 1))


async def test_closing_does_not_overtake_finishing(desk):
    (one,) = await desk.open(1)
    await desk.submit(arrival(one, 0, 0.1))
    lane = desk.scheduler._lanes[one]
    lane.idle.clear()
    finishing = asyncio.create_task(desk.scheduler.finish(one))
    await settle()
    lane.idle.set()  # finishing has not noticed yet
    await desk.scheduler.close(one)

    assert (await finishing).emotions[0].status is Status.FINAL


async def test_a_conversation_that_finished_takes_no_more(desk):
    (lane,) = await desk.open(1)
    await desk.scheduler.finish(lane)
    for refused in (desk.scheduler.submit([arrival(lane)]), desk.scheduler.finish(lane)):
        with pytest.raises(ValueError, match="lane 0 has finished"):
            await refused
    await desk.scheduler.close(lane)
    with pytest.raises(ValueError, match="lane 0 is not open"):
        await desk.scheduler.close(lane)


async def test_conversations_come_and_go_while_others_are_read(desk):
    (steady,) = await desk.open(1)
    said = []
    for utterance, value in enumerate((0.1, -0.4, 0.9, 0.3)):
        (guest,) = await desk.open(1)
        tasks = desk.submit(arrival(steady, utterance, value)), desk.submit(arrival(guest, 0, -value))
        said += await tasks[0]
        assert_same(await tasks[1], alone(-value)[:1])
        await desk.scheduler.close(guest)
    assert_same([*said, await desk.scheduler.finish(steady)], alone(0.1, -0.4, 0.9, 0.3))


async def test_giving_up_before_the_step_leaves_the_utterance_unread(desk):
    one, _silent = await desk.open(2)
    reading = desk.submit(arrival(one, 0, 0.1))
    await settle()
    reading.cancel()
    await asyncio.wait({reading})
    again = desk.submit(arrival(one, 0, 0.7))
    await settle()
    desk.clock.advance(WAIT_S)
    assert_same(await again, alone(0.7)[:1])


async def test_stopping_refuses_what_waits(desk):
    one, _silent = await desk.open(2)
    reading = desk.submit(arrival(one))
    await settle()
    await desk.scheduler.stop()
    with pytest.raises(GatheringClosedError):
        await reading
    assert desk.engine.steps == []
