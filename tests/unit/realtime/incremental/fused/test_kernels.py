import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.conversation import UNKNOWN_SPEAKER, Utterance
from model.graph import ConversationGraph, GraphRules, Kind
from realtime.incremental.fused import kernels
from realtime.incremental.state import NOBODY

WIDTHS = [1, 4, 15, 16, 17, 20, 48]
SPEAKERS = {"anna": 0, "ben": 1, "cleo": 2, UNKNOWN_SPEAKER: NOBODY}


def parts(bench, width, *starts):
    """One row each of the work buffer, of a ring and of three parameters, in double precision."""
    held = bench.rings[0]
    buffers = (bench.work, held, bench.parameters, bench.parameters, bench.parameters)
    return [buffer[start : start + width].astype(np.float64) for buffer, start in zip(buffers, starts, strict=False)]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_heads_score_is_the_weighted_sum_of_a_leaky_relu(bench, width):
    starts = (3, 50, 7, 901, 2003)
    query, key, edge, position, weight = parts(bench, width, *starts)
    joint = query + key + edge + position
    exact = weight @ np.where(joint > 0, joint, 0.2 * joint)
    query, key, *others = starts
    score = kernels.score(bench.work, query, bench.rings[0], key, bench.parameters, *others, width)

    assert abs(score - exact) < 1e-6 * max(1, abs(weight) @ abs(joint))


@pytest.mark.parametrize("width", WIDTHS)
def test_a_share_of_value_and_edge_is_added_to_its_row_and_to_nothing_else(bench, width):
    before = bench.work.copy()
    row, value, edge = parts(bench, width, 3, 50, 7)
    kernels.take(bench.work, 3, bench.rings[0], 50, bench.parameters, 7, np.float32(0.3), width)

    assert abs(bench.work[3 : 3 + width] - (row + 0.3 * (value + edge))).max() < 1e-6
    bench.work[3 : 3 + width] = before[3 : 3 + width]
    assert np.array_equal(bench.work, before)


@given(st.lists(st.sampled_from([*SPEAKERS]), min_size=1, max_size=20))
def test_relations_are_those_of_the_graph_wherever_speakers_lie_in_their_ring(names):
    reach = 3
    rules = GraphRules(past=reach, ahead=reach, cross_task_past=0, round_past=0, cause_past=0)
    said = [Utterance(str(number), number, name, "") for number, name in enumerate(names)]
    connections = ConversationGraph.fold(said, rules).connections(Kind.INTRA)
    speakers = np.full(2 * reach + 1, NOBODY)
    for newest, name in enumerate(names):
        speakers[newest % speakers.size] = SPEAKERS[name]
        for connection in connections:
            if max(connection.source, connection.target) <= newest <= min(connection.source, connection.target) + reach:
                seen = kernels.relation(speakers, connection.source, connection.target)
                assert seen == connection.relation
