import pytest

from model.analysis import Status
from model.graph import Window
from realtime.incremental.ledger import Ledger

LABELS = ("neutral", "joy")
CAUSAL = Window(past=1, ahead=0)
JOY, NEUTRAL = (0.2, 0.8), (0.9, 0.1)


def ledger(emotion_horizon=1, cause_horizon=1, candidates=CAUSAL):
    return Ledger(LABELS, 0.5, candidates, emotion_horizon, cause_horizon)


def told(results):
    return [(result.utterance, result.revision, result.status) for result in results]


def test_without_a_look_ahead_the_first_message_is_the_last():
    book = ledger(0, 0)
    first = book.update([JOY], [[0.0, 0.7]])
    second = book.update([NEUTRAL], [[0.6, 0.7]])

    assert told(first.emotions) == told(first.causes) == [(0, 1, Status.FINAL)]
    assert told(second.emotions) == told(second.causes) == [(1, 1, Status.FINAL)]
    assert book.finish().emotions == book.finish().causes == ()


def test_a_result_is_provisional_then_revised_then_final_once():
    book = ledger(emotion_horizon=2, cause_horizon=2)
    steps = [
        book.update([NEUTRAL, NEUTRAL, NEUTRAL], [[0, 0], [0, 0], [0, 0.7]]),
        book.update([NEUTRAL, JOY, NEUTRAL], [[0, 0], [0, 0.7], [0, 0]]),
        book.update([JOY, NEUTRAL, NEUTRAL], [[0, 0.7], [0, 0], [0, 0]]),
    ]

    assert told(steps[0].emotions) == [(0, 1, Status.PROVISIONAL)]
    assert told(steps[1].emotions) == [(0, 2, Status.REVISED), (1, 1, Status.PROVISIONAL)]
    # the second did not change, so nothing is said of it; the first is settled although it did not change
    assert told(steps[2].emotions) == [(0, 3, Status.FINAL), (2, 1, Status.PROVISIONAL)]
    # a change of label alone revises the links it explains
    assert told(steps[1].causes)[0] == (0, 2, Status.REVISED)
    assert [link.cause for link in steps[1].causes[0].links] == [0]
    assert steps[0].causes[0].links == ()


def test_the_end_of_the_conversation_settles_the_rest():
    book = ledger(emotion_horizon=1, cause_horizon=2)
    book.update([JOY, JOY], [[0, 0], [0, 0], [0, 0.7]])
    book.update([JOY, JOY], [[0, 0], [0, 0.7], [0.9, 0.7]])
    end = book.finish()

    assert told(end.emotions) == [(1, 2, Status.FINAL)]  # the first was final with the second
    assert told(end.causes) == [(0, 2, Status.FINAL), (1, 2, Status.FINAL)]
    assert [link.cause for link in end.causes[1].links] == [0, 1]


def test_links_hold_what_is_probable_enough_and_a_neutral_utterance_has_none():
    book = ledger(0, 0, Window(past=1, ahead=1))
    pairs = [[0.5, 0.2, 0.9]]
    book.update([JOY], [[0, 0.9, 0]])
    (cause,) = book.update([JOY], pairs).causes
    (neutral,) = book.update([NEUTRAL], pairs).causes

    assert [(link.cause, link.probability) for link in cause.links] == [(0, 0.5)]
    assert cause.label == "joy"
    assert cause.window == (0, 1)
    assert cause.no_cause_probability == pytest.approx(0.5 * 0.8)
    assert neutral.links == ()


def test_a_difference_within_the_margin_is_no_news():
    book = ledger(emotion_horizon=2, cause_horizon=2)
    book.update([JOY, JOY, JOY], [[0, 0.7]] * 3)
    barely = book.update([JOY, (0.2 + 4e-6, 0.8 - 4e-6), JOY], [[0, 0.7], [0, 0.7 + 4e-6], [0, 0.7]])

    assert told(barely.emotions) == told(barely.causes) == [(1, 1, Status.PROVISIONAL)]
