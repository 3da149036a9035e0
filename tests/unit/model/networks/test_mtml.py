"""How far back the results of a new utterance depend on a conversation."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.graph import GraphRules, Kind
from model.networks.mtml import Settings
from model.networks.offline import OfflinePass
from tests.strategies import networks, rules, talk, untrained

few = settings(max_examples=12, deadline=None)


def test_the_reach_of_the_defaults_is_the_sum_of_all_that_looks_back():
    assert Settings().reach == 10 + 2 * 10 + 5
    assert Settings(rounds=1).reach == 10 + 2 * 10
    assert Settings(graph=GraphRules(cross_task_past=30)).reach == 10 + 2 * 30 + 5
    assert Settings(graph=GraphRules(cross_task_past=30), cross_task=False).reach == 10 + 2 * 10 + 5
    assert Settings(graph=GraphRules(ahead=1, cause_ahead=2)).reach == (2 * 1 + 2) + 10 + 2 * 10 + 5


def newest_results(network, conversation, size, changed):
    """Emotion and pair logits that the last of some utterances can change; features of `changed` are others."""
    observed = conversation.observed(network, 0, size)
    for rows in observed.features.values():
        rows[changed] = 3 - rows[changed]
    graph = conversation.graphs(network.settings.graph)[-1]
    with torch.inference_mode():
        read = OfflinePass(network)(observed, graph)
    causes = graph.edges[Kind.CANDIDATE].index[1] >= size - 1 - network.settings.cause_horizon
    return torch.cat((read.emotion[size - 1 - network.settings.emotion_horizon :].flatten(), read.pair[causes]))


def read(network, more, seed, changed):
    size = network.settings.reach + 1 + more
    conversation = talk([("anna", "ben", "cleo")[(seed + i) % 3] for i in range(size)], seed)
    double = {modality: rows.double() for modality, rows in conversation.features.items()}
    conversation.features.update(double)
    return newest_results(network.double(), conversation, size, changed(size - 1 - network.settings.reach))


@given(networks(), st.integers(1, 5), st.integers(0, 99))
@few
def test_nothing_before_the_reach_matters(network, more, seed):
    before = read(network, more, seed, lambda edge: slice(0, 0))
    assert torch.equal(before, read(network, more, seed, lambda edge: slice(0, edge)))


@given(
    st.builds(
        untrained,
        rules(),
        layers=st.integers(1, 3),
        seed=st.integers(0, 99),
        cross_task=st.booleans(),
        rounds=st.integers(1, 3),
    ),
    st.integers(0, 3),
    st.integers(0, 99),
)
@few
def test_the_utterance_at_the_reach_matters(network, more, seed):
    before = read(network, more, seed, lambda edge: slice(0, 0))
    assert not torch.equal(before, read(network, more, seed, lambda edge: slice(edge, edge + 1)))
