"""Hours of conversation: no drift of the media times, nothing that piles up, and clocks that jump change nothing."""

import gc
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from edge.wire.stamp import Stamp
from realtime.clock import SystemClock
from realtime.events import SAMPLE_RATE_HZ
from tests.endless import WINDOW, Endless, scene

WINDOW_S = WINDOW / SAMPLE_RATE_HZ
OBJECTS_GROWTH = 400
MEMORY_GROWTH_BYTES = 48 * 2**20
LINES = 3


class JumpingClock:
    """The machine's clock, which jumps by up to an hour, back and forth, whenever it is asked."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self._random = random.Random(0)

    def now_s(self) -> float:
        return self._clock.now_s() + self._random.uniform(-3600.0, 3600.0)

    async def sleep_until(self, moment_s: float) -> None:
        await self._clock.sleep_until(0.0)

    def utc_now(self) -> datetime:
        return datetime(2026, 3, 29, 1, tzinfo=UTC) + timedelta(seconds=self._random.uniform(-3600.0, 3600.0))


class Watch:
    """What is held at the beginning, after the first repetitions, and at the end of a run."""

    def __init__(self, endless: Endless, times: int) -> None:
        self.warm = times // 2
        self.samples: list[tuple[int, int, int]] = []
        self._endless = endless
        self._last = times - 1

    def __call__(self, told: int) -> None:
        if told in {self.warm, self._last}:
            self.samples.append((self._endless.held(), _objects(), _private_bytes()))

    @property
    def growth(self) -> tuple[int, ...]:
        """Of what the stages hold, of Python's objects, and of the process's memory, from warm to the end."""
        (warm, end) = self.samples
        return tuple(int(last - first) for first, last in zip(warm, end, strict=True))


def _objects() -> int:
    gc.collect()
    return len(gc.get_objects())


def _private_bytes() -> int:
    """Memory that this process alone has written; what it shares counts for more whenever another one ends."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Private_Dirty"))


async def heard(endless: Endless, sound: np.ndarray, times: int, watch=lambda _: None) -> np.ndarray:
    """(times, utterances, 2) media times of a scene that was heard so often."""
    try:
        await endless.hear(sound, times, watch)
    finally:
        await endless.close()
    return np.array(endless.register.times_s).reshape(times, -1, 2)


async def last_without_growth(hours: float, idle_end_s: float, diarizer: str = "channel") -> Endless:
    sound = scene(LINES)
    period_s = sound.shape[1] / SAMPLE_RATE_HZ
    times = round(hours * 3600 / period_s)
    endless = Endless(SystemClock(), idle_end_s, diarizer=diarizer)
    watch = Watch(endless, times)
    at_s = await heard(endless, sound, times, watch)
    drift_s = at_s - at_s[:1] - period_s * np.arange(times)[:, None, None]
    assert at_s.shape[1] == LINES
    assert np.abs(drift_s).max() <= WINDOW_S
    held, objects, memory_bytes = watch.growth
    assert held < LINES * (times - 1 - watch.warm)  # not one thing for each utterance
    assert objects < OBJECTS_GROWTH
    assert memory_bytes < MEMORY_GROWTH_BYTES
    register, statistics = endless.register, endless.pipeline.statistics()
    assert register.understood == times * LINES
    assert register.failures == 0
    assert all(step.dropped == 0 for step in statistics.values())
    assert all(statistics[step.name].deepest <= step.inbox.capacity and not len(step.inbox) for step in endless.steps)
    return endless


async def test_two_minutes_of_one_conversation_neither_drift_nor_grow():
    endless = await last_without_growth(2 / 60, idle_end_s=60.0)
    assert endless.register.ended == 1


async def test_many_conversations_leave_nothing_behind():
    endless = await last_without_growth(2 / 60, idle_end_s=1.2)
    assert endless.register.ended > 4


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "hours, idle_end_s, diarizer",
    [(2.0, 60.0, "channel"), (0.5, 1.2, "channel"), (0.25, 60.0, "voices")],
    ids=["one conversation", "many", "told apart by voice"],
)
async def test_hours_neither_drift_nor_grow(hours, idle_end_s, diarizer):
    await last_without_growth(hours, idle_end_s, diarizer)


async def test_clocks_that_jump_change_nothing_but_latencies():
    sound, times = scene(LINES), 3
    clock = JumpingClock()
    jumping = await heard(Endless(clock, 60.0, Stamp("desk", clock.utc_now)), sound, times)
    steady = await heard(Endless(SystemClock(), 60.0), sound, times)
    assert np.array_equal(jumping, steady)
