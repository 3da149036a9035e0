"""The one place where the figures of a running node are gathered, for whoever wants to read them."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from edge.monitoring.figures import Figures, OutboxFigures, StepFigures, durations
from edge.monitoring.onlooker import Onlooker
from edge.processes import usage
from realtime.clock import Clock
from realtime.pipeline import StepStatistics

Statistics = Callable[[], Mapping[str, StepStatistics]]
"""What each step did so far, by its name."""

_PICTURES: Final = "face"  # the step whose queue drops pictures; every other drops unfinished texts
_PACE_OVER_S: Final = 60.0
_PACE_EVERY_S: Final = 1.0


class Pace:
    """How busy the busiest step was for what was heard, over the last minute."""

    def __init__(self) -> None:
        self._noted: deque[tuple[float, float, dict[str, float]]] = deque()

    def note(self, now_s: float, heard_s: float, busy_s: Mapping[str, float]) -> float | None:
        """The real-time factor; None where nothing was heard in that time, as at the first look.

        Args:
            now_s: The moment, seconds of the pipeline's clock.
            heard_s: How much was heard so far, seconds.
            busy_s: By step, how long it has worked so far, seconds.
        """
        while len(self._noted) > 1 and self._noted[1][0] <= now_s - _PACE_OVER_S:
            self._noted.popleft()
        if not self._noted or now_s - self._noted[-1][0] >= _PACE_EVERY_S:
            self._noted.append((now_s, heard_s, dict(busy_s)))
        _, since_s, before_s = self._noted[0]
        if heard_s <= since_s or not busy_s:
            return None
        return max(worked_s - before_s.get(step, 0.0) for step, worked_s in busy_s.items()) / (heard_s - since_s)


class Gathering:
    """Gathers the figures of one running node. Belongs to the event loop's thread.

    Args:
        clock: The pipeline's.
        began_at: The moment at which the node began to load.
        statistics: What the steps did so far.
        onlooker: Saw what was published.
        heard_s: How much was heard so far, seconds.
        outbox: What waits for the broker; None where results go elsewhere.
    """

    def __init__(
        self,
        clock: Clock,
        began_at: float,
        statistics: Statistics,
        onlooker: Onlooker,
        heard_s: Callable[[], float],
        outbox: Callable[[], OutboxFigures] | None,
    ) -> None:
        self._clock = clock
        self._began_at = began_at
        self._statistics = statistics
        self._onlooker = onlooker
        self._heard_s = heard_s
        self._outbox = outbox
        self._pace = Pace()

    async def now(self) -> Figures:
        """The figures at this moment."""
        memory_bytes = (await asyncio.to_thread(usage)).memory_bytes
        statistics, onlooker, now_s = self._statistics(), self._onlooker, self._clock.now_s()
        heard_s = self._heard_s()
        outbox = None if self._outbox is None else self._outbox()
        busy_s = {name: step.counters.busy_s for name, step in statistics.items()}
        return Figures(
            uptime_s=now_s - self._began_at,
            utterances=onlooker.utterances,
            failures=onlooker.failures,
            lag_s=onlooker.lag_s,
            heard_s=heard_s,
            real_time_factor=self._pace.note(now_s, heard_s, busy_s),
            memory_bytes=memory_bytes,
            steps={name: _step_figures(step) for name, step in statistics.items()},
            latency=onlooker.latency(),
            dropped=_dropped(statistics, outbox),
            lost_sound_s=onlooker.lost_sound_s,
            outbox=outbox,
        )


def _step_figures(step: StepStatistics) -> StepFigures:
    counters = step.counters
    took = durations(counters.recent_s, counters.busy_s, counters.processed)
    return StepFigures(took, counters.failed, step.waiting, step.deepest, step.joined)


def _dropped(statistics: Mapping[str, StepStatistics], outbox: OutboxFigures | None) -> dict[str, int]:
    return {
        "partials": sum(step.dropped for name, step in statistics.items() if name != _PICTURES),
        "pictures": sum(step.dropped for name, step in statistics.items() if name == _PICTURES),
        "messages": 0 if outbox is None else outbox.dropped,
    }
