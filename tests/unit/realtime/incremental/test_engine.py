import tracemalloc

import numpy as np
import pytest

from model.analysis import Status
from model.decision import Decision
from model.errors import SkippableError
from model.graph import GraphRules
from model.modality import Modality
from realtime.incremental.buckets import MOST_LANES
from realtime.incremental.engine import Arrival, IncrementalEngine
from realtime.incremental.state import NOBODY
from tests.strategies import FEATURES, untrained

CAUSAL = GraphRules(past=2, cross_task_past=2, cause_past=2)
LOOKS_AHEAD = GraphRules(past=2, ahead=1, cross_task_past=2, cause_past=2)


def engine(rules=CAUSAL, layers=2):
    return IncrementalEngine(untrained(rules, layers), Decision())


def arrival(lane, utterance=0, value=0.5, speaker="anna"):
    return Arrival(lane, utterance, {Modality.TEXT: np.full(FEATURES, value, dtype=np.float32)}, speaker)


def arrivals(lane, *values):
    return [arrival(lane, utterance, value) for utterance, value in enumerate(values)]


def test_a_strictly_causal_network_says_everything_once_and_finally():
    running = engine()
    lane = running.open()
    analyses = running.step(arrivals(lane, 0.1, -0.4, 0.9))

    for index, analysis in enumerate(analyses):
        (emotion,), (cause,) = analysis.emotions, analysis.causes
        assert (emotion.utterance, emotion.revision, emotion.status) == (index, 1, Status.FINAL)
        assert (cause.utterance, cause.revision, cause.status) == (index, 1, Status.FINAL)
        assert sum(emotion.probabilities) == pytest.approx(1)
        assert cause.window == (max(0, index - 2), index)
    end = running.finish(lane)
    assert end.emotions == end.causes == ()


def test_a_network_that_looks_ahead_revises_until_its_horizon():
    running = engine(LOOKS_AHEAD, layers=2)  # two layers that look one ahead: horizon 2
    lane = running.open()
    said = [*running.step(arrivals(lane, 0.1, -0.4, 0.9, 0.3)), running.finish(lane)]
    path = [(e.revision, e.status) for analysis in said for e in analysis.emotions if e.utterance == 0]
    last = [(e.revision, e.status) for analysis in said for e in analysis.emotions if e.utterance == 3]

    assert path == [(1, Status.PROVISIONAL), (2, Status.REVISED), (3, Status.FINAL)]
    assert last == [(1, Status.PROVISIONAL), (2, Status.FINAL)]
    assert [e.utterance for e in said[4].emotions] == [2, 3]


def test_several_utterances_of_one_lane_are_read_as_if_each_came_alone():
    joined, apart = engine(LOOKS_AHEAD), engine(LOOKS_AHEAD)
    lanes, alone = (joined.open(), joined.open()), apart.open()
    values = (0.1, -0.4, 0.9)
    first, *later = arrivals(lanes[0], *values)
    said = joined.step([first, arrival(lanes[1], value=0.7), *later])
    expected = [apart.step([single])[0] for single in arrivals(alone, *values)]

    for ours, theirs in zip((said[0], said[2], said[3]), expected, strict=True):
        assert [(e.utterance, e.status) for e in ours.emotions] == [(e.utterance, e.status) for e in theirs.emotions]
        for emotion, same in zip(ours.emotions, theirs.emotions, strict=True):
            assert emotion.probabilities == pytest.approx(same.probabilities, abs=1e-5)


def test_a_bad_arrival_is_refused_before_anything_changes():
    running = engine()
    lane, other = running.open(), running.open()
    broken = arrival(lane)
    broken.features[Modality.TEXT][3] = np.nan
    wide = Arrival(lane, 0, {Modality.TEXT: np.zeros(FEATURES + 1, dtype=np.float32)}, "anna")
    voice = Arrival(lane, 0, {Modality.AUDIO: np.zeros(FEATURES, dtype=np.float32)}, "anna")

    for bad, error, words in (
        (broken, SkippableError, "utterance 0 of lane 0 are not finite"),
        (wide, ValueError, r"text features have shape \(7,\), not \(6,\)"),
        (voice, ValueError, r"features of \['audio'\] were given, the network reads \['text'\]"),
        (Arrival(lane, 0, {}, "anna"), ValueError, r"features of \[\] were given"),
        (arrival(9), ValueError, "lane 9 is not open"),
    ):
        with pytest.raises(error, match=words):
            running.step([arrival(other), bad])
    (said,) = running.step([arrival(other)])
    assert said.emotions[0].utterance == 0


def test_an_utterance_is_read_once_and_in_its_turn():
    running = engine()
    lane, other = running.open(), running.open()
    running.step(arrivals(lane, 0.1, 0.2))

    for waiting, error, words in (
        ([arrival(lane, 1)], SkippableError, "utterance 1 of lane 0 has been read already; what it read on arrival"),
        ([arrival(lane, 0)], SkippableError, "utterance 0 of lane 0 has been read already"),
        ([arrival(lane, 2), arrival(lane, 2)], SkippableError, "utterance 2 of lane 0 has been read already"),
        ([arrival(lane, 3)], ValueError, "utterance 3 of lane 0 came where 2 was due"),
        ([arrival(lane, 2), arrival(lane, 4)], ValueError, "utterance 4 of lane 0 came where 3 was due"),
    ):
        for ask in (running.check, running.step):
            with pytest.raises(error, match=words):
                ask([arrival(other, 0), *waiting])
    said = running.step([arrival(other, 0), arrival(lane, 2), arrival(lane, 3)])
    assert [analysis.emotions[0].utterance for analysis in said] == [0, 2, 3]


def test_asking_whether_an_utterance_could_be_read_changes_nothing():
    running = engine()
    lane = running.open()
    for _ in range(2):
        running.check([arrival(lane)])
        running.check_features(arrival(lane, 7))
    (said,) = running.step([arrival(lane)])
    assert said.emotions[0].utterance == 0


def test_a_lane_that_finished_or_closed_reads_no_more():
    running = engine()
    finished, closed = running.open(), running.open()
    running.finish(finished)
    running.close(closed)

    with pytest.raises(ValueError, match="lane 0 has finished"):
        running.step([arrival(finished)])
    with pytest.raises(ValueError, match="lane 0 has finished"):
        running.finish(finished)
    for refused in (running.finish, running.close, lambda lane: running.step([arrival(lane)])):
        with pytest.raises(ValueError, match="lane 1 is not open"):
            refused(closed)
    running.close(finished)


def test_state_does_not_grow_with_the_conversation():
    running = engine(LOOKS_AHEAD)
    lane = running.open()
    running.step([arrival(lane, utterance, speaker=f"guest {utterance}") for utterance in range(10)])
    before = held(running)
    running.step([arrival(lane, utterance, speaker=f"guest {utterance}") for utterance in range(10, 70)])

    assert held(running) == before


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_conversation_of_fifty_thousand_utterances_leaves_no_more_than_its_end():
    running, afresh = engine(LOOKS_AHEAD, layers=1), engine(LOOKS_AHEAD, layers=1)
    lane, short = running.open(), afresh.open()
    speakers, end = ("anna", "ben", "cleo"), 50_000
    before = 0
    for utterance in range(end):
        said = running.step([arrival(lane, utterance, utterance % 11 / 11, speakers[utterance % 7 % 3])])[0]
        if utterance == 1_000:
            tracemalloc.start()
            before, size = tracemalloc.get_traced_memory()[0], held(running)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    for number, utterance in enumerate(range(end - 77, end)):
        again = afresh.step([arrival(short, number, utterance % 11 / 11, speakers[utterance % 7 % 3])])[0]

    assert held(running) == size
    assert grown < 100_000  # bytes
    assert said.emotions[-1].utterance == end - 1
    assert said.emotions[-1].probabilities == pytest.approx(again.emotions[-1].probabilities, abs=1e-6)
    assert said.causes[-1].no_cause_probability == pytest.approx(again.causes[-1].no_cause_probability, abs=1e-6)


def test_nothing_of_a_closed_conversation_stays_in_memory():
    running = engine(LOOKS_AHEAD)
    kept, closed = running.open(), running.open()
    running.step([arrival(lane, utterance) for lane in (kept, closed) for utterance in range(5)])
    slots = {lane: running._lanes[lane].slot for lane in (kept, closed)}
    running.close(closed)

    state = running._pass.state
    rings = [state.view(name) for name in state.rings.by_name]
    assert not any(rows[slots[closed]].any() for rows in rings)
    assert all(rows[slots[kept]].any() for rows in rings)
    assert state.newest[[slots[closed], slots[kept]]].tolist() == [-1, 4]
    assert (state.speakers[slots[closed]] == NOBODY).all()


def held(running):
    """How many numbers, results and names the engine remembers."""
    results = sum(len(lane.ledger._emotions) + len(lane.ledger._causes) for lane in running._lanes.values())
    return running._pass.state.features.numel(), results, sum(len(lane.speakers) for lane in running._lanes.values())


def test_conversations_are_read_together_whatever_their_number():
    running = engine(layers=1)
    lanes = [running.open() for _ in range(MOST_LANES + 2)]
    said = running.step([arrival(lane, value=lane / MOST_LANES) for lane in lanes])
    alone = engine(layers=1)
    (last,) = alone.step([arrival(alone.open(), value=lanes[-1] / MOST_LANES)])

    assert [analysis.emotions[0].utterance for analysis in said] == [0] * len(lanes)
    assert said[-1].emotions[0].probabilities == pytest.approx(last.emotions[0].probabilities, abs=1e-6)


def test_nothing_said_yet_means_nothing_to_settle():
    running = engine(LOOKS_AHEAD)
    end = running.finish(running.open())

    assert end.emotions == end.causes == ()
