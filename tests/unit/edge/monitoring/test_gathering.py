"""Figures are gathered from what the steps, the publisher and the stream did."""

from collections import deque

import pytest

from edge.monitoring.figures import OutboxFigures, durations
from edge.monitoring.gathering import Gathering, Pace
from edge.monitoring.onlooker import Onlooker
from realtime.events import AudioGap, Failure, Health, PartHealth, Understood
from realtime.pipeline import StepStatistics
from realtime.worker import Counters
from tests.conversation_events import short_conversation
from tests.fakes import ManualClock


class Said:
    def __init__(self):
        self.events = []

    async def publish(self, *events):
        self.events.extend(events)


def test_percentiles_are_of_the_newest_and_sums_of_all():
    took = durations([0.1] * 99 + [0.9], 30.0, 400)
    assert (took.p50_s, took.total_s, took.count) == (pytest.approx(0.1), 30.0, 400)
    assert took.p95_s < 0.9
    assert durations([], 0.0, 0).p95_s == 0.0


async def test_an_onlooker_hands_on_everything_and_counts_what_passes():
    said, clock = Said(), ManualClock(1000.0)
    onlooker = Onlooker(said, clock)
    events = [*short_conversation(), AudioGap(0, 8000, "lost"), Failure("transcribe", "lost", "why")]
    for event in events:
        await onlooker.publish(event)
    understood = [event for event in events if isinstance(event, Understood) and event.latency]
    assert said.events == events
    assert onlooker.utterances == len({event.heard.utterance.id for event in events if isinstance(event, Understood)})
    assert onlooker.latency()["total"].count == len(understood) > 0
    assert onlooker.latency()["endpoint"].p50_s == pytest.approx(understood[0].latency.endpoint_s)
    assert (onlooker.lost_sound_s, onlooker.failures) == (0.5, 1)
    assert onlooker.lag_s is not None


async def test_an_onlooker_knows_who_is_away():
    onlooker = Onlooker(Said(), ManualClock())
    await onlooker.publish(PartHealth("microphone", Health.OFFLINE, "unplugged"))
    assert onlooker.offline == {"microphone": "unplugged"}
    await onlooker.publish(PartHealth("microphone", Health.ONLINE, ""))
    assert onlooker.offline == {}


def test_the_pace_is_that_of_the_busiest_step_over_the_last_minute():
    pace = Pace()
    assert pace.note(0.0, 0.0, {"segment": 0.0, "encode": 0.0}) is None
    assert pace.note(10.0, 10.0, {"segment": 1.0, "encode": 5.0}) == pytest.approx(0.5)
    assert pace.note(40.0, 40.0, {"segment": 4.0, "encode": 8.0}) == pytest.approx(0.2)
    assert pace.note(100.0, 100.0, {"segment": 10.0, "encode": 11.0}) == pytest.approx(0.1)
    for _ in range(50):
        assert pace.note(100.0, 100.0, {"segment": 10.0, "encode": 11.0}) == pytest.approx(0.1)


async def test_figures_put_it_together():
    clock = ManualClock(50.0)

    def statistics():
        counters = Counters(4, 1, 2.0, deque([0.5] * 4))
        return {
            "transcribe": StepStatistics(counters, deepest=3, dropped=2, joined=0, waiting=1),
            "face": StepStatistics(counters, deepest=2, dropped=9, joined=0),
        }

    outbox = OutboxFigures(waiting=1, oldest_s=0.1, dropped=4)
    gathering = Gathering(clock, 20.0, statistics, Onlooker(Said(), clock), lambda: 12.0, lambda: outbox)
    figures = await gathering.now()
    assert figures.uptime_s == 30.0
    assert figures.dropped == {"partials": 2, "pictures": 9, "messages": 4}
    assert figures.steps["transcribe"].took.p50_s == 0.5
    assert (figures.steps["transcribe"].waiting, figures.steps["transcribe"].failed) == (1, 1)
    assert figures.memory_bytes > 10_000_000
    assert figures.outbox == outbox
    assert figures.real_time_factor is None
