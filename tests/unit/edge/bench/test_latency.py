"""What a subscriber's watch says."""

from datetime import UTC, datetime, timedelta

import pytest

from edge.bench.figures import quantiles
from edge.bench.latency import _Stopwatch, as_table
from edge.watch.subscriber import Received
from edge.wire.topics import Place


def message(subject: str, utterance: str, said_ago_ms: float, revision: int = 1, **more: object) -> Received:
    at = datetime.now(UTC) - timedelta(milliseconds=said_ago_ms)
    payload = {"utterance": utterance, "revision": revision, "at": at.isoformat(), **more}
    return Received(f"undertone/v1/home/conv/c/{subject}", payload, Place("conv", "c", subject))


def latency(total: float) -> dict[str, float]:
    return {"endpoint": 500.0, "transcribe": 20.0, "encode": 10.0, "analyse": 5.0, "queue": 1.0, "total": total}


def test_the_endpoint_wait_is_told_apart_and_delivery_is_added():
    stopwatch = _Stopwatch()
    for number, total in enumerate((536.0, 556.0, 576.0)):
        stopwatch.hear(message("emotion", f"u{number}", 30.0, latency_ms=latency(total)))
    result = stopwatch.result()
    assert result.parts["transcribe"].p50 == 20.0
    assert result.delivery.p50 == pytest.approx(30.0, abs=5.0)
    assert result.total.p50 == pytest.approx(586.0, abs=5.0)
    assert result.without_endpoint.p50 == pytest.approx(86.0, abs=5.0)
    assert result.total.count == 3
    assert as_table(result).row_count == 9


def test_revisions_are_not_timed_again():
    stopwatch = _Stopwatch()
    stopwatch.hear(message("emotion", "u1", 0.0, latency_ms=latency(540.0)))
    stopwatch.hear(message("emotion", "u1", 0.0, revision=2, latency_ms=None))
    stopwatch.hear(message("cause", "u1", 0.0))
    stopwatch.hear(message("lifecycle", "u1", 0.0))
    assert stopwatch.result().total.count == 1
    assert stopwatch.result().links.count == 1


def test_percentiles_of_a_known_series():
    figures = quantiles([float(number) for number in range(101)])
    assert (figures.p50, figures.p95, figures.p99, figures.count) == (50.0, 95.0, 99.0, 101)
    assert quantiles([]).count == 0
