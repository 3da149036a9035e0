"""Whether it lasts: a recording over and over at wall-clock speed through everything, and what grows meanwhile."""

import asyncio
from array import array
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.table import Table

from edge.app import RunReport
from edge.bench.figures import Quantiles, Slope, quantiles, slope
from edge.bench.looped import Looped, Sound
from edge.bench.receipts import COUNTED, Receipts
from edge.bench.sound_crowd import endpoint_s
from edge.brokers.embedded import EmbeddedBroker
from edge.brokers.embedded import Settings as BrokerSettings
from edge.processes import usage
from edge.rehearsal import rehearse
from edge.settings import AppSettings
from realtime.clock import Clock, SystemClock
from realtime.protocols import SourceInfo

_MIB: Final = 2**20
_SAMPLE_EVERY_S: Final = 5.0
_COMPLETE: Final = "complete"
_STOPPED: Final = "stopped"
_GIVEN_UP: Final = "given up before everything that was heard had been worked off"


@dataclass(frozen=True, slots=True)
class Counts:
    """What went in and what came out.

    Attributes:
        heard: Utterances that the recogniser's texts became; None where the run could not end cleanly.
        received: Final messages that the subscriber got, by subject.
        holes: Numbers of events that were skipped.
        repeated: Events that came again, or out of order.
        errors: Items that could not be processed, as published.
        dropped: Events that the pipeline dropped, unfinished texts among them; None as `heard`.
    """

    heard: int | None
    received: dict[str, int]
    holes: int
    repeated: int
    errors: int
    dropped: int | None

    @property
    def balanced(self) -> bool:
        """Whether every utterance came out, once, as words, emotion and causes."""
        out = set(self.received.values()) == {self.heard}
        return out and not (self.holes or self.repeated or self.errors or self.dropped)


@dataclass(frozen=True, slots=True)
class SoakResult:
    """What happened in a long run. Slopes leave out the first repetition of the recording, in which memory fills.

    Attributes:
        lasted_s: For how long it was heard, seconds.
        ended: Why it ended.
        counts: What went in and what came out.
        lag_ms: From the last sample of speech to the receipt of the emotion, the chosen wait aside, milliseconds.
        lag_slope: How it grows, milliseconds per hour; None where there was too little.
        memory_mib: Resident memory (PSS) of the process and all its descendants, first, last and largest, MiB.
        memory_slope: How it grows, MiB per hour; None where there was too little.
        warm_up_s: Length of what the slopes leave out, seconds.
    """

    lasted_s: float
    ended: str
    counts: Counts
    lag_ms: Quantiles
    lag_slope: Slope | None
    memory_mib: tuple[float, float, float]
    memory_slope: Slope | None
    warm_up_s: float

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        counts = self.counts
        return {
            "hours": round(self.lasted_s / 3600, 4),
            "ended": self.ended,
            "counts": {
                "heard": counts.heard,
                "received": counts.received,
                "holes": counts.holes,
                "repeated": counts.repeated,
                "errors": counts.errors,
                "dropped": counts.dropped,
                "balanced": counts.balanced,
            },
            "lag_ms": self.lag_ms.rounded(),
            "lag_ms_per_hour": self.lag_slope and self.lag_slope.rounded(),
            "memory_mib": dict(zip(("first", "last", "largest"), self.memory_mib, strict=True)),
            "memory_mib_per_hour": self.memory_slope and self.memory_slope.rounded(),
            "warm_up_s": round(self.warm_up_s, 1),
        }


class Soak:
    """One long run and what is measured of it so far.

    Args:
        settings: What to run; source and broker are replaced.
        sound: What is heard, over and over.
        lasts_s: For how long, seconds.
        clock: For its pace.
    """

    def __init__(self, settings: AppSettings, sound: Sound, lasts_s: float, clock: Clock | None = None) -> None:
        self.receipts = Receipts(endpoint_s(settings))
        self.lasts_s = lasts_s
        self._settings = settings
        self._sound = sound
        self._clock = clock or SystemClock()
        self._began_at: float | None = None
        self._sampled_s = array("d")
        self._memory_mib = array("d")

    @property
    def elapsed_s(self) -> float:
        """Since it began to be heard, seconds."""
        return 0.0 if self._began_at is None else self._clock.now_s() - self._began_at

    @property
    def memory_mib(self) -> float:
        """Resident memory at the last sample, MiB."""
        return self._memory_mib[-1] if self._memory_mib else 0.0

    async def run(
        self, on_ready: Callable[[SourceInfo], Awaitable[None]], on_sample: Callable[["Soak"], None]
    ) -> SoakResult:
        """Run until its time is over or Ctrl-C comes; either gives the figures so far.

        Args:
            on_ready: Awaited when everything is ready.
            on_sample: Told this every few seconds, after its memory was sampled.

        Raises:
            UsageError: As `edge.rehearsal.rehearse` does.
            KeyboardInterrupt: It was interrupted before it was ready.
        """
        usage()  # refuses at once where nothing can be measured
        source = Looped(self._sound, self._clock, lasts_s=self.lasts_s)
        broker = EmbeddedBroker(BrokerSettings(port=0, websocket_port=None))
        sampling: asyncio.Task[None] | None = None

        async def ready(info: SourceInfo) -> None:
            nonlocal sampling
            await on_ready(info)
            self._began_at = self._clock.now_s()
            sampling = asyncio.create_task(self._sample(on_sample), name="memory")

        report: RunReport | None = None
        try:
            report = await rehearse(self._settings, broker, self.receipts.hear, ready, source)
        except KeyboardInterrupt:
            if sampling is None:
                raise
        finally:
            if sampling is not None:
                sampling.cancel()
                await asyncio.wait({sampling})
        if sampling is not None and not sampling.cancelled():
            sampling.result()
        return self._result(report)

    async def _sample(self, on_sample: Callable[["Soak"], None]) -> None:
        while True:
            memory_bytes = (await asyncio.to_thread(usage)).memory_bytes  # a few ms, in which nothing else shall wait
            self._memory_mib.append(memory_bytes / _MIB)
            self._sampled_s.append(self.elapsed_s)
            on_sample(self)
            await self._clock.sleep_until(self._clock.now_s() + _SAMPLE_EVERY_S)

    def _result(self, report: RunReport | None) -> SoakResult:
        receipts, warm_up_s = self.receipts, self._sound.length_s
        memory = self._memory_mib or array("d", [0.0])
        return SoakResult(
            lasted_s=self.elapsed_s,
            ended=self._ended(report),
            counts=Counts(
                heard=None if report is None else report.recogniser.utterances,
                received={subject: receipts.finals[subject] for subject in COUNTED},
                holes=receipts.holes,
                repeated=receipts.repeated,
                errors=receipts.errors,
                dropped=None if report is None else sum(step.dropped for step in report.steps.values()),
            ),
            lag_ms=quantiles(receipts.lags_ms),
            lag_slope=_slope_after(warm_up_s, receipts.heard_until_s, receipts.lags_ms),
            memory_mib=(round(memory[0], 1), round(memory[-1], 1), round(max(memory), 1)),
            memory_slope=_slope_after(warm_up_s, self._sampled_s, self._memory_mib),
            warm_up_s=warm_up_s,
        )

    def _ended(self, report: RunReport | None) -> str:
        if report is None:
            return _GIVEN_UP
        return _STOPPED if self.elapsed_s < self.lasts_s else _COMPLETE


def _slope_after(from_s: float, moments_s: Sequence[float], values: Sequence[float]) -> Slope | None:
    later = [(moment_s, value) for moment_s, value in zip(moments_s, values, strict=True) if moment_s >= from_s]
    return slope([moment_s for moment_s, _ in later], [value for _, value in later])


def as_table(result: SoakResult) -> Table:
    """The result for people."""
    table = Table(title=f"{result.lasted_s / 3600:.3g} hours, {result.ended}", title_justify="left", show_header=False)
    counts, lag = result.counts, result.lag_ms
    received = ", ".join(f"{number} {subject}" for subject, number in counts.received.items())
    dropped = "" if counts.dropped is None else f", {counts.dropped} dropped"
    lost = f"{counts.holes} holes, {counts.repeated} repeated, {counts.errors} errors{dropped}"
    same = "the same" if counts.balanced else "NOT the same"
    first, last, largest = result.memory_mib
    table.add_row("utterances heard", "unknown" if counts.heard is None else str(counts.heard))
    table.add_row("finals received", received)
    table.add_row("in between", lost)
    table.add_row("in and out", "unknown" if counts.heard is None else same)
    table.add_row("lag after speech, endpoint wait aside", f"p50 {lag.p50:.0f} ms, p95 {lag.p95:.0f} ms")
    table.add_row("growing by", _growth(result.lag_slope, "ms"))
    table.add_row("memory, children included", f"{first:.0f} MiB, at the end {last:.0f}, at most {largest:.0f}")
    table.add_row("growing by", _growth(result.memory_slope, "MiB"))
    return table


def _growth(growth: Slope | None, unit: str) -> str:
    if growth is None:
        return "unknown: it was too short"
    return f"{growth.per_hour:.1f} ± {growth.standard_error:.1f} {unit} per hour"
