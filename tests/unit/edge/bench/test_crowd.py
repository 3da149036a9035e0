"""Many conversations at once: who says what when, and that every utterance gets its results."""

import numpy as np
import pytest
import torch

from edge.bench.crowd import Crowd, captions, period_s, schedule
from edge.demo.script import read_spoken_script
from realtime.events import ConversationEnded, ConversationStarted, Heard
from tests.fakes import ManualClock
from tests.tiny_minilm import tiny_minilm
from tests.tiny_weights import tiny_weights

LINES = read_spoken_script()


@pytest.fixture
def crowd() -> Crowd:
    return Crowd(tiny_weights(tiny_minilm()), LINES, ManualClock(), 0.003)


def test_a_group_says_the_whole_script_in_its_order_and_begins_again():
    said = list(schedule(LINES, 0.0, 2 * period_s(LINES)))
    assert [caption.line for caption in said] == [*LINES, *LINES]
    assert [caption.talk for caption in said] == [0] * len(LINES) + [1] * len(LINES)
    assert [caption.due_s for caption in said[: len(LINES)]] == [line.end_s for line in LINES]
    assert np.all(np.diff([caption.due_s for caption in said]) > 0)


def test_a_group_that_is_in_the_middle_begins_there_and_says_as_much():
    said = list(schedule(LINES, 30.0, period_s(LINES)))
    first = next(line for line in LINES if line.end_s >= 30.0)
    assert said[0].line == first
    assert said[0].due_s == first.end_s - 30.0
    assert len(said) == len(LINES)


async def test_conversations_begin_with_their_first_utterance_and_end_before_the_next():
    clock = ManualClock(7.0)
    events = [event async for event in captions("c0", schedule(LINES, 60.0, 50.0), 7.0, clock)]
    heard = [event for event in events if isinstance(event, Heard)]
    borders = [(type(event), event.conversation) for event in events if not isinstance(event, Heard)]
    assert borders == [
        (ConversationStarted, "c0-0"),
        (ConversationEnded, "c0-0"),
        (ConversationStarted, "c0-1"),
        (ConversationEnded, "c0-1"),
    ]
    assert [event.conversation for event in heard] == sorted(event.conversation for event in heard)
    assert [event.utterance.index for event in heard if event.conversation == "c0-1"][:3] == [0, 1, 2]
    assert heard[0].transcript.latency.spoken_at == 7.0 + next(schedule(LINES, 60.0, 50.0)).due_s
    assert clock.now_s() == heard[-1].transcript.latency.spoken_at


async def test_every_utterance_of_every_conversation_gets_its_results(crowd):
    try:
        report = await crowd.talk(3, 40.0)
    finally:
        await crowd.close()
    phases = np.random.default_rng(0).uniform(0.0, period_s(LINES), 3)
    assert len(report.lags_ms) == sum(len(list(schedule(LINES, phase, 40.0))) for phase in phases)
    assert report.lost == 0
    assert min(report.lags_ms) >= 0


async def test_an_utterance_without_results_is_counted_as_lost():
    encoder = tiny_minilm()
    crowd = Crowd(tiny_weights(encoder), LINES, ManualClock(), 0.003)
    with torch.no_grad():
        encoder.bert.encoder.layer[-1].output.dense.bias.fill_(torch.nan)
    try:
        report = await crowd.talk(1, 20.0)
    finally:
        await crowd.close()
    assert report.lags_ms == []
    assert report.lost > 0
