"""Everything at once: sound, pictures, recogniser, speakers, network, broker, and what that takes from the machine."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from rich.table import Table

from edge.app import RunReport
from edge.bench.figures import Quantiles, quantiles
from edge.bench.receipts import Receipts
from edge.bench.sound_crowd import endpoint_s
from edge.brokers.embedded import EmbeddedBroker
from edge.brokers.embedded import Settings as BrokerSettings
from edge.processes import Usage, threads_cpu_s, usage
from edge.rehearsal import rehearse
from edge.settings import AppSettings
from model.evaluation.machine import this_machine
from realtime.protocols import SourceInfo

REAL_TIME_FACTOR, LAG_MS, DROPPED_SHARE = 0.8, 500.0, 0.05
"""What must not be passed: of the real-time factor, of the lag's p95, and of the pictures that are dropped."""

_SAMPLE_EVERY_S: Final = 1.0
_PICTURES: Final = "face"
_WORTH_NAMING: Final = 0.01


@dataclass(frozen=True, slots=True)
class RoomResult:
    """What a run took, and what came of it.

    Attributes:
        sound_s: How much sound was heard, at wall-clock speed, seconds.
        cores: How many processors the machine has.
        cpu_s: Processor time, user and system, of this process and all its descendants, from the moment everything was
            ready to the end: broker and subscriber, who are here, too, included; seconds.
        cpu_shares: Of that, by thread of this process and for all descendants together; `other` are libraries' threads.
        busy: Per step, the part of the time it had something in its hands; waiting for a thread or a process included.
        lag_ms: From the last sample of speech to the receipt of the emotion, the chosen wait aside, milliseconds.
        pictures: How many were looked at.
        pictures_dropped: How many were not, because others were still being looked at.
        utterances: How many were understood.
    """

    sound_s: float
    cores: int
    cpu_s: float
    cpu_shares: dict[str, float]
    busy: dict[str, float]
    lag_ms: Quantiles
    pictures: int
    pictures_dropped: int
    utterances: int

    @property
    def cores_used(self) -> float:
        """Seconds of processor time per second of sound: how many processors it keeps busy."""
        return self.cpu_s / self.sound_s

    @property
    def real_time_factor(self) -> float:
        """The same per processor that there is: at 1 the machine has nothing left."""
        return self.cores_used / self.cores

    @property
    def dropped_share(self) -> float:
        """Which part of the pictures was not looked at."""
        return self.pictures_dropped / max(1, self.pictures + self.pictures_dropped)

    @property
    def held(self) -> dict[str, bool]:
        """Which of the limits it kept."""
        return {
            "real_time_factor": self.real_time_factor < REAL_TIME_FACTOR,
            "lag_p95_ms": self.lag_ms.p95 < LAG_MS,
            "dropped_share": self.dropped_share < DROPPED_SHARE,
        }

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "sound_s": round(self.sound_s, 1),
            "cores": self.cores,
            "cpu_s": round(self.cpu_s, 2),
            "cores_used": round(self.cores_used, 3),
            "real_time_factor": round(self.real_time_factor, 3),
            "real_time_factor_is": "user and system seconds of the process and all its descendants, broker and "
            "subscriber included, from ready to the end, per second of sound and per core",
            "cpu_shares": _rounded(self.cpu_shares),
            "busy": _rounded(self.busy),
            "lag_ms": self.lag_ms.rounded(),
            "lag_is": "from an utterance's last sample of speech to its emotion at the subscriber, without the silence "
            "that was chosen to end an utterance",
            "pictures": self.pictures,
            "pictures_dropped": self.pictures_dropped,
            "dropped_share": round(self.dropped_share, 4),
            "utterances": self.utterances,
            "limits": {"real_time_factor": REAL_TIME_FACTOR, "lag_p95_ms": LAG_MS, "dropped_share": DROPPED_SHARE},
            "held": self.held,
        }


class _Meter:
    """Processor time from `start` on, and whose it was."""

    def __init__(self) -> None:
        self._began = Usage(0.0, 0)
        self._threads: dict[int, float] = {}
        self._first: dict[int, float] = {}
        self._names: dict[int, str] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._began, self._first = usage(), threads_cpu_s()
        self._task = asyncio.create_task(self._watch(), name="processor time")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._sample()

    def result(self) -> tuple[float, dict[str, float]]:
        """Seconds in all, and the part of each thread and of the descendants."""
        whole_s = usage().cpu_s - self._began.cpu_s
        by_name: dict[str, float] = defaultdict(float)
        for number, cpu_s in self._threads.items():
            by_name[self._names.get(number, "other")] += cpu_s - self._first.get(number, 0.0)
        by_name["descendants"] = max(0.0, whole_s - sum(by_name.values()))
        return whole_s, {name: cpu_s / whole_s for name, cpu_s in sorted(by_name.items(), key=itemgetter(1))[::-1]}

    async def _watch(self) -> None:
        """Keep what threads took before they end."""
        while True:
            self._sample()
            await asyncio.sleep(_SAMPLE_EVERY_S)

    def _sample(self) -> None:
        self._names |= {thread.native_id or 0: _plain(thread.name) for thread in threading.enumerate()}
        self._threads |= threads_cpu_s()


async def measure_room(settings: AppSettings, on_ready: Callable[[SourceInfo], Awaitable[None]]) -> RoomResult:
    """Play a recording at wall-clock speed through all that the settings choose.

    Args:
        settings: What to run: the source is a recording, and there is a camera.
        on_ready: Awaited when everything is ready.

    Raises:
        UsageError: As `edge.rehearsal.rehearse` does.
    """
    receipts, meter = Receipts(endpoint_s(settings)), _Meter()

    async def ready(info: SourceInfo) -> None:
        await on_ready(info)
        meter.start()

    try:
        broker = EmbeddedBroker(BrokerSettings(port=0, websocket_port=None))
        report = await rehearse(settings, broker, receipts.hear, ready)
    finally:
        await meter.stop()
    return _result(report, receipts, *meter.result())


def _result(report: RunReport, receipts: Receipts, cpu_s: float, cpu_shares: dict[str, float]) -> RoomResult:
    seen = report.steps.get(_PICTURES)
    return RoomResult(
        sound_s=report.source.duration_s or report.took_s,
        cores=this_machine().cores,
        cpu_s=cpu_s,
        cpu_shares=cpu_shares,
        busy={name: step.counters.busy_s / report.took_s for name, step in report.steps.items()},
        lag_ms=quantiles(receipts.lags_ms),
        pictures=seen.counters.processed if seen else 0,
        pictures_dropped=seen.dropped if seen else 0,
        utterances=len(receipts.lags_ms),
    )


def as_table(result: RoomResult) -> Table:
    """The result for people."""
    table = Table(title=f"{result.sound_s:.0f} s of sound, with everything", title_justify="left", show_header=False)
    held = {name: "" if kept else "  (too much)" for name, kept in result.held.items()}
    factor = f"{result.real_time_factor:.2f} on {result.cores} cores{held['real_time_factor']}"
    lag = result.lag_ms
    table.add_row("real-time factor", f"{factor}; {result.cores_used:.2f} cores needed")
    shares = {name: share for name, share in result.cpu_shares.items() if share >= _WORTH_NAMING}
    table.add_row("of it", ", ".join(f"{name} {share:.0%}" for name, share in shares.items()))
    late = f"p50 {lag.p50:.0f} ms, p95 {lag.p95:.0f} ms{held['lag_p95_ms']}"
    table.add_row("lag after speech, endpoint wait aside", f"{late}, {result.utterances} utterances")
    dropped = f"{result.dropped_share:.1%} dropped{held['dropped_share']}"
    table.add_row("pictures", f"{result.pictures} looked at, {dropped}")
    table.add_row("steps busy", ", ".join(f"{name} {share:.1%}" for name, share in result.busy.items()))
    return table


def _plain(name: str) -> str:
    """What a thread does: its name, without the number that a pool gives it."""
    if name == threading.main_thread().name:
        return "event loop"
    word, _, number = name.rpartition("_")
    return word if number.isdecimal() else name


def _rounded(shares: dict[str, float]) -> dict[str, float]:
    return {name: round(share, 3) for name, share in shares.items()}
