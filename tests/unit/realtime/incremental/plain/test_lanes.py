import pytest
import torch

from model.graph import GraphRules
from realtime.incremental.plain.lanes import Lanes
from realtime.incremental.state import NOBODY, Rings, State
from tests.strategies import untrained

RULES = GraphRules(past=2, ahead=1, cross_task_past=1, cause_past=3)
NODES, KEYS = "layer0.emotion.nodes", "layer0.emotion.intra"
NETWORK = untrained(RULES, layers=1)


@pytest.fixture
def state():
    held = State(Rings(NETWORK), NETWORK.cause_head.weight)
    held.resize(4)
    return held


def arrive(state, *slots, speaker=0):
    return Lanes(state, torch.tensor(slots), torch.full((len(slots),), speaker))


def rows(name, state, *values):
    """Rows of one lane, each filled with one value."""
    return torch.tensor(values).view(1, -1, 1).expand(-1, -1, state.rings[name].width)


def test_each_arrival_is_numbered_within_its_conversation(state):
    arrive(state, 2)
    lanes = arrive(state, 2, 1)

    assert lanes.newest.tolist() == [1, 0]
    assert lanes.numbers(3).tolist() == [[-1, 0, 1], [-2, -1, 0]]
    assert state.newest.tolist() == [-1, 0, 1, -1]


def test_a_ring_holds_the_last_rows_in_order_wherever_they_lie(state):
    capacity = state.rings[KEYS].capacity
    for value in range(2 * capacity + 1):
        held = arrive(state, 3).extend(KEYS, rows(KEYS, state, float(value)))

        expected = [float(number) for number in range(value - capacity + 1, value + 1)]
        assert held[0, max(0, -value - 1 + capacity) :, 0].tolist() == expected[max(0, -value - 1 + capacity) :]
        assert state.view(KEYS)[3, value % capacity].unique().tolist() == [value]


def test_changed_rows_are_written_over_what_was_there(state):
    for value in range(5):
        arrive(state, 1).extend(KEYS, rows(KEYS, state, float(value)))
    held = arrive(state, 1).extend(KEYS, rows(KEYS, state, 30.0, 40.0, 50.0))

    assert held[0, -4:, 0].tolist() == [2, 30, 40, 50]


def test_nothing_else_is_written(state):
    state.features.fill_(7)
    arrive(state, 1, 3).extend(NODES, torch.zeros(2, 1, state.rings[NODES].width))
    ring = state.rings[NODES]

    assert (state.features[[0, 2]] == 7).all()
    assert (state.features[:, : ring.start] == 7).all()
    assert (state.features[:, ring.end :] == 7).all()
    assert (state.view(NODES)[[1, 3], 0] == 0).all()
    assert (state.view(NODES)[:, 1:] == 7).all()


def test_rows_keep_their_shape(state):
    lanes, ring = arrive(state, 0, 1), state.rings[KEYS]

    held = lanes.extend(KEYS, torch.ones(2, 1, 2, ring.width // 2))
    all_anew = lanes.extend(NODES, torch.ones(2, state.rings[NODES].rows, 1, state.rings[NODES].width))

    assert held.shape == (2, ring.capacity, 2, ring.width // 2)
    assert all_anew.shape == (2, state.rings[NODES].rows, 1, state.rings[NODES].width)


def test_speakers_are_remembered_for_as_long_as_any_ring(state):
    held = state.rings.utterances
    for speaker in range(held + 2):
        lanes = arrive(state, 2, speaker=speaker)

    assert lanes.speakers(lanes.numbers(held)).tolist() == [list(range(2, held + 2))]
    assert (state.speakers[[0, 1, 3]] == NOBODY).all()
