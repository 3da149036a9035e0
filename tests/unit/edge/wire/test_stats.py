"""The figures of a node as it says them."""

import asyncio
import json

import pytest

from edge.monitoring.reporting import Reporting
from edge.wire.envelope import MAX_BYTES
from edge.wire.stamp import Stamp
from edge.wire.stats import NodeStats, stats_message
from edge.wire.topics import Topics
from tests.fakes import ManualClock
from tests.node_figures import figures

TOPICS = Topics("home", "desk")


def test_figures_become_a_message_that_may_be_lost():
    message = stats_message(figures(), TOPICS, Stamp("desk"))
    assert message.topic == "undertone/v1/home/node/desk/stats"
    assert (message.qos, message.retain, message.conversation) == (0, False, None)
    payload = json.loads(message.payload)
    assert NodeStats.model_validate(payload)
    assert payload["stages"]["encode"] == {
        "p50_ms": 10.0, "p95_ms": 40.0, "busy_s": 2.5, "items": 120, "failed": 1, "joined": 3, "waiting": 2,
        "deepest": 7,
    }  # fmt: skip
    assert payload["latency_ms"]["total"] == {"p50": 10.0, "p95": 40.0}
    assert payload["outbox"] == {"waiting": 3, "oldest_s": 2.0, "dropped": 7}


def test_a_node_with_every_stage_keeps_within_the_promised_size():
    step = figures().steps["encode"]
    many = figures(steps={f"a-stage-with-a-name-{number}": step for number in range(20)})
    assert len(stats_message(many, TOPICS, Stamp("desk")).payload) < MAX_BYTES


@pytest.mark.parametrize("known", ["lag_s", "real_time_factor", "outbox"])
def test_what_is_not_known_is_null(known):
    payload = json.loads(stats_message(figures(**{known: None}), TOPICS, Stamp("desk")).payload)
    assert payload[known] is None


async def test_they_are_said_at_once_and_then_again_and_again():
    said, clock = [], ManualClock(stopped=True)

    class Reporter:
        async def report(self, message):
            said.append(message)

    async def gather():
        return None if not said and clock.now_s() == 0 else figures()

    reporting = asyncio.create_task(Reporting(gather, Reporter(), TOPICS, Stamp("desk"), 10.0, clock).run())
    try:
        for expected in (0, 1, 2):
            for _ in range(10):
                await asyncio.sleep(0)
            assert len(said) == expected
            clock.advance(10.0)
    finally:
        reporting.cancel()
        await asyncio.wait({reporting})
