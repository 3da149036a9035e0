"""The stream as a whole: its ends, its stops, and its failures."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from model.errors import SkippableError, SourceError
from realtime.channel import Channel
from realtime.clock import SystemClock
from realtime.events import Event, Failure, Quiet
from realtime.pipeline import Pipeline, Step


class Recorder:
    """A stage that remembers what it saw, holds the newest event back until the flush, and can misbehave."""

    def __init__(
        self, skip_at: float | None = None, break_at: float | None = None, wait_at: float | None = None
    ) -> None:
        self.seen: list[Event] = []
        self.opened = 0
        self.closed = 0
        self._held: list[Event] = []
        self._changed = asyncio.Condition()
        self._skip_at = skip_at
        self._break_at = break_at
        self._wait_at = wait_at

    async def has_seen(self, events: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.seen) >= events)

    async def open(self) -> None:
        self.opened += 1

    async def process(self, event: Event) -> Sequence[Event]:
        async with self._changed:
            self.seen.append(event)
            self._changed.notify_all()
        at_s = event.until_s if isinstance(event, Quiet) else None
        if at_s is not None and at_s == self._skip_at:
            raise SkippableError("this one cannot be read")
        if at_s is not None and at_s == self._break_at:
            raise ZeroDivisionError
        if at_s is not None and at_s == self._wait_at:
            await asyncio.Event().wait()
        released, self._held = self._held, [event]
        return released

    async def flush(self) -> Sequence[Event]:
        return self._held

    async def close(self) -> None:
        self.closed += 1


class Unopenable(Recorder):
    """A stage whose model is missing."""

    async def open(self) -> None:
        raise SourceError("there is no microphone", "Plug one in")


async def count(to: int, then_wait: bool = False) -> AsyncGenerator[Event, None]:
    for number in range(to):
        yield Quiet(float(number))
        await asyncio.sleep(0)
    if then_wait:
        await asyncio.Event().wait()


def pipeline(*stages: Recorder) -> tuple[Pipeline, list[Channel[Event]]]:
    channels: list[Channel[Event]] = [Channel(f"c{i}", 2) for i in range(len(stages))]
    steps = [Step(f"s{i}", stage, channel) for i, (stage, channel) in enumerate(zip(stages, channels, strict=True))]
    return Pipeline(steps, SystemClock()), channels


async def test_the_end_of_the_source_travels_downstream_and_every_stage_flushes_what_it_held():
    stages = Recorder(), Recorder(), Recorder()
    stream, _ = pipeline(*stages)
    await stream.open()
    await stream.run(count(10))
    await stream.close()
    assert [stage.seen for stage in stages] == [[Quiet(float(n)) for n in range(10)]] * 3
    assert [(stage.opened, stage.closed) for stage in stages] == [(1, 1)] * 3


async def test_stopping_delivers_what_was_taken_and_ends():
    stages = Recorder(), Recorder()
    stream, _ = pipeline(*stages)
    await stream.open()
    running = asyncio.create_task(stream.run(count(5, then_wait=True)))
    await stages[0].has_seen(5)
    stream.stop()
    stream.stop()
    await running
    assert stages[1].seen == [Quiet(float(n)) for n in range(5)]
    await stream.close()
    await stream.close()
    assert [stage.closed for stage in stages] == [1, 1]


async def test_a_stop_before_the_run_takes_nothing():
    stage = Recorder()
    stream, _ = pipeline(stage)
    stream.stop()
    await asyncio.wait_for(stream.run(count(5, then_wait=True)), 5)
    assert stage.seen == []


async def test_one_item_may_fail_and_is_announced_downstream():
    stages = Recorder(skip_at=3.0), Recorder()
    stream, _ = pipeline(*stages)
    await stream.run(count(6))
    failures = [event for event in stages[1].seen if isinstance(event, Failure)]
    assert [(failure.stage, failure.code) for failure in failures] == [("s0", "SkippableError")]
    assert len(stages[1].seen) == 6
    assert stream.statistics()["s0"].counters.failed == 1


async def test_a_bug_stops_the_program_with_itself():
    stages = Recorder(), Recorder(break_at=2.0), Recorder()
    stream, _ = pipeline(*stages)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(stream.run(count(1000, then_wait=True)), 5)


async def test_what_a_source_gave_before_it_failed_is_processed_to_the_end():
    async def break_off() -> AsyncGenerator[Event, None]:
        async for event in count(4):
            yield event
        raise SourceError("the recording breaks off", "Copy it again")

    stages = Recorder(), Recorder()
    stream, _ = pipeline(*stages)
    with pytest.raises(SourceError, match="breaks off"):
        await stream.run(break_off())
    assert len(stages[1].seen) == 4


async def test_a_stage_that_cannot_open_says_so_and_the_others_are_closed():
    good = Recorder()
    stream, _ = pipeline(good, Unopenable())
    with pytest.raises(SourceError, match="no microphone"):
        await stream.open()
    await stream.close()
    assert good.closed == 1


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("turns", [0, 1, 7, 40])
async def test_closing_any_channel_at_any_moment_ends_the_program_cleanly(which: int, turns: int):
    stages = Recorder(), Recorder(), Recorder()
    stream, channels = pipeline(*stages)
    running = asyncio.create_task(stream.run(count(1000, then_wait=True)))
    for _ in range(turns):
        await asyncio.sleep(0)
    await channels[which].close()
    await asyncio.wait_for(running, 5)


async def test_a_deadline_can_cancel_a_stage_that_hangs():
    stage = Recorder(wait_at=1.0)
    stream, _ = pipeline(stage)
    running = asyncio.create_task(stream.run(count(3)))
    await stage.has_seen(2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
