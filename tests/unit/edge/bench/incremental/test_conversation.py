"""A graph built at once is the graph that grows."""

import pytest
import torch

from edge.bench.incremental.conversation import SPEAKERS, RandomConversation
from model.conversation import Utterance
from model.graph import ConversationGraph, GraphRules, Kind
from model.graph_tensors import Edges, graph_tensors


def rows(edges: Edges) -> set[tuple[int, ...]]:
    return set(map(tuple, torch.cat((edges.index, edges.relation[None], edges.offset[None])).T.tolist()))


@pytest.mark.parametrize(
    "rules", [GraphRules(), GraphRules(past=2, ahead=1, cross_task_past=0, round_ahead=2, cause_past=3, cause_ahead=1)]
)
@pytest.mark.parametrize("size", [1, 4, 30])
def test_its_graph_is_the_one_that_grows(rules, size):
    conversation = RandomConversation.of(40, 3, seed=1)
    speakers = [SPEAKERS[number] for number in conversation.speakers[:size].tolist()]
    grown = graph_tensors(
        ConversationGraph.fold([Utterance(str(i), i, speaker, "") for i, speaker in enumerate(speakers)], rules)
    )
    built = conversation.graph(rules, size)

    assert built.size == size
    for kind in Kind:
        assert built.edges[kind].index.shape == grown.edges[kind].index.shape
        assert rows(built.edges[kind]) == rows(grown.edges[kind])


def test_the_same_seed_is_the_same_conversation():
    one, same, other = (RandomConversation.of(9, 3, seed) for seed in (1, 1, 2))
    assert torch.equal(one.features, same.features)
    assert torch.equal(one.speakers, same.speakers)
    assert not torch.equal(one.features, other.features)
