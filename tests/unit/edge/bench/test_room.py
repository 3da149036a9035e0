"""What a run with everything took, in figures whose answer is known."""

import asyncio
import threading
import time

import pytest

from edge.bench.figures import Quantiles
from edge.bench.room import RoomResult, _Meter, as_table


def result(**changes) -> RoomResult:
    fields = {
        "sound_s": 100.0,
        "cores": 2,
        "cpu_s": 120.0,
        "cpu_shares": {"event loop": 0.25, "descendants": 0.75},
        "busy": {"segment": 0.1, "transcribe": 0.02},
        "lag_ms": Quantiles(30.0, 80.0, 90.0, 24),
        "pictures": 480,
        "pictures_dropped": 20,
        "utterances": 24,
    }
    return RoomResult(**(fields | changes))


def test_the_real_time_factor_is_processor_time_by_sound_and_cores():
    one = result()
    assert one.cores_used == pytest.approx(1.2)
    assert one.real_time_factor == pytest.approx(0.6)
    assert one.dropped_share == pytest.approx(0.04)
    assert all(one.held.values())


@pytest.mark.parametrize(
    "changes, limit",
    [
        ({"cpu_s": 170.0}, "real_time_factor"),
        ({"lag_ms": Quantiles(100.0, 501.0, 900.0, 24)}, "lag_p95_ms"),
        ({"pictures_dropped": 48}, "dropped_share"),
    ],
)
def test_what_passes_a_limit_is_said(changes, limit):
    one = result(**changes)
    assert [name for name, kept in one.held.items() if not kept] == [limit]
    assert any("(too much)" in str(cell) for cell in as_table(one).columns[1].cells)
    assert one.as_json()["held"][limit] is False


def test_without_a_camera_nothing_is_dropped():
    assert result(pictures=0, pictures_dropped=0).dropped_share == 0.0


async def test_time_is_counted_for_the_thread_that_took_it():
    burnt, ended = threading.Event(), threading.Event()

    def burn() -> None:
        until_s = time.thread_time() + 0.3
        while time.thread_time() < until_s:
            pass
        burnt.set()
        ended.wait(10)

    meter = _Meter()
    meter.start()
    thread = threading.Thread(target=burn, name="burner_0")
    thread.start()
    await asyncio.to_thread(burnt.wait, 30)
    await meter.stop()
    whole_s, shares = meter.result()
    ended.set()
    thread.join()
    assert whole_s >= 0.25
    assert shares["burner"] * whole_s >= 0.2
    assert sum(shares.values()) == pytest.approx(1.0)
