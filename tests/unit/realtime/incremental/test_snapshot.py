import numpy as np
import pytest
from safetensors.torch import save

from model.decision import Decision
from model.errors import CheckpointError
from model.graph import GraphRules
from model.modality import Modality
from realtime.incremental.engine import Arrival, IncrementalEngine
from tests.strategies import FEATURES, untrained

RULES = GraphRules(past=3, ahead=1, cross_task_past=2, round_ahead=1, cause_past=4, cause_ahead=1)
SPEAKERS = ("anna", "ben", "unknown", "anna", "cleo")


def engine(seed=0):
    return IncrementalEngine(untrained(RULES, layers=2, seed=seed), Decision())


def arrivals(lane, first, last):
    random = np.random.default_rng(3)
    rows = random.standard_normal((last, FEATURES)).astype(np.float32)
    return [
        Arrival(lane, number, {Modality.TEXT: rows[number]}, SPEAKERS[number % len(SPEAKERS)])
        for number in range(first, last)
    ]


@pytest.mark.parametrize("read", [0, 1, 4, 25])
def test_a_restored_conversation_goes_on_as_if_nothing_had_happened(read):
    running = engine()
    lane = running.open()
    running.step(arrivals(lane, 0, read))
    saved = running.save(lane)
    elsewhere = engine()
    elsewhere.open()  # the slot there is another one
    again = elsewhere.restore(saved)

    ours, theirs = (
        [*where.step(arrivals(which, read, read + 12)), where.finish(which)]
        for where, which in ((elsewhere, again), (running, lane))
    )
    assert ours == theirs


def test_a_finished_conversation_stays_finished():
    running = engine()
    lane = running.open()
    running.step(arrivals(lane, 0, 3))
    running.finish(lane)
    again = running.restore(running.save(lane))

    with pytest.raises(ValueError, match=f"lane {again} has finished"):
        running.step(arrivals(again, 3, 4))


def test_what_is_no_conversation_or_of_another_network_is_refused_and_takes_no_room():
    running, other = engine(), engine(seed=1)
    saved = other.save(other.open())
    emptied = save({"features": running._pass.state.features})
    for refused, words in (
        (saved, "read by another network"),
        (b"nonsense", "not a saved conversation"),
        (saved[:-5], "not a saved conversation"),
        (emptied, "not a saved conversation"),
    ):
        with pytest.raises(CheckpointError, match=words):
            running.restore(refused)

    assert not running._lanes
