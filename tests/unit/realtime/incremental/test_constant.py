"""Work and memory do not depend on how long a conversation is."""

import gc
import tracemalloc

import numpy as np
import pytest

from model.decision import Decision
from model.graph import GraphRules
from model.modality import Modality
from realtime.incremental.engine import Arrival, IncrementalEngine
from tests.strategies import FEATURES, untrained

LOOKS_AHEAD = GraphRules(past=4, ahead=1, cross_task_past=3, round_ahead=1, cause_past=4, cause_ahead=1)
WARM, KILOBYTE = 500, 1024


def read(length):
    """Bytes that Python and NumPy hold after some and after all utterances, always of other speakers."""
    engine = IncrementalEngine(untrained(LOOKS_AHEAD), Decision())
    lane, rows = engine.open(), np.random.default_rng(0).standard_normal((64, FEATURES)).astype(np.float32)
    held = []
    tracemalloc.start()
    try:
        for number in range(length):
            engine.step([Arrival(lane, number, {Modality.TEXT: rows[number % 64]}, f"guest {number}")])
            if number + 1 in {WARM, length}:
                gc.collect()
                held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    return engine, held


def check(length):
    engine, (before, after) = read(length)

    assert engine._pass.state.newest.max() == length - 1
    assert after - before < 4 * KILOBYTE


def test_nothing_grows_with_a_conversation():
    check(2_000)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nothing_grows_over_fifty_thousand_utterances():
    check(50_000)
