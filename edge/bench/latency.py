"""How long after the last sample of speech a result arrives: a recording at its own speed, and a subscriber."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.table import Table

from edge.bench.figures import Quantiles, quantiles
from edge.brokers.embedded import EmbeddedBroker
from edge.brokers.embedded import Settings as BrokerSettings
from edge.rehearsal import rehearse
from edge.settings import AppSettings
from edge.watch.subscriber import Received
from realtime.protocols import SourceInfo

PARTS = ("endpoint", "transcribe", "encode", "analyse", "queue")
"""What a message says about the way it took; milliseconds."""


@dataclass(frozen=True, slots=True)
class LatencyResult:
    """Latencies in milliseconds, over the utterances of a run.

    Attributes:
        parts: Of each part that the messages report.
        delivery: From the moment a message was stamped to its receipt.
        total: From the last sample of speech to the receipt of the emotion.
        without_endpoint: The total without the wait that decides that an utterance has ended, which is a setting.
        links: The same for the message with the causes.
    """

    parts: dict[str, Quantiles]
    delivery: Quantiles
    total: Quantiles
    without_endpoint: Quantiles
    links: Quantiles

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "parts_ms": {name: part.rounded() for name, part in self.parts.items()},
            "delivery_ms": self.delivery.rounded(),
            "total_ms": self.total.rounded(),
            "without_endpoint_ms": self.without_endpoint.rounded(),
            "links_without_endpoint_ms": self.links.rounded(),
        }


class _Stopwatch:
    """Notes when emotions and causes arrive."""

    def __init__(self) -> None:
        self._emotions: dict[str, dict[str, float]] = {}
        self._links_ms: list[float] = []

    def hear(self, message: Received) -> None:
        """Time one message; anything but first emotions and causes passes."""
        subject, payload = message.place.subject, message.payload
        if subject not in {"emotion", "cause"} or payload.get("revision") != 1:
            return
        delivery_ms = (datetime.now(UTC) - datetime.fromisoformat(payload["at"])).total_seconds() * 1000
        utterance = payload["utterance"]
        if subject == "emotion":
            latency = payload["latency_ms"]
            self._emotions[utterance] = {**latency, "delivery": delivery_ms, "at": _stamp_ms(payload)}
        else:
            emotion = self._emotions[utterance]
            said_later_ms = _stamp_ms(payload) - emotion["at"]
            self._links_ms.append(emotion["total"] - emotion["endpoint"] + said_later_ms + delivery_ms)

    def result(self) -> LatencyResult:
        """The percentiles."""
        heard = list(self._emotions.values())
        totals = [times["total"] + times["delivery"] for times in heard]
        return LatencyResult(
            parts={part: quantiles([times[part] for times in heard]) for part in PARTS},
            delivery=quantiles([times["delivery"] for times in heard]),
            total=quantiles(totals),
            without_endpoint=quantiles([total - times["endpoint"] for total, times in zip(totals, heard, strict=True)]),
            links=quantiles(self._links_ms),
        )


async def measure_latency(settings: AppSettings, on_ready: Callable[[SourceInfo], Awaitable[None]]) -> LatencyResult:
    """Play a recording at wall-clock speed and time every first result; events are kept on disk until they are out.

    Args:
        settings: What to run; the source is a recording.
        on_ready: Awaited when everything is ready.

    Raises:
        UsageError: As `edge.rehearsal.rehearse` does.
    """
    stopwatch = _Stopwatch()
    broker = EmbeddedBroker(BrokerSettings(port=0, websocket_port=None))
    with TemporaryDirectory(prefix="undertone-") as folder:
        await rehearse(settings, broker, stopwatch.hear, on_ready, folder=Path(folder))
    return stopwatch.result()


def _stamp_ms(payload: dict[str, Any]) -> float:
    return datetime.fromisoformat(payload["at"]).timestamp() * 1000


def as_table(result: LatencyResult) -> Table:
    """The result for people."""
    table = Table(title="After the last sample of speech, ms", title_justify="left")
    for column in ("", "p50", "p95", "p99"):
        table.add_column(column, justify="right" if column else "left")
    rows = {
        **result.parts,
        "delivery": result.delivery,
        "emotion received": result.total,
        "emotion, endpoint wait aside": result.without_endpoint,
        "causes, endpoint wait aside": result.links,
    }
    for name, figures in rows.items():
        table.add_row(name, *(f"{value:.1f}" for value in (figures.p50, figures.p95, figures.p99)))
    return table
