"""Random networks and conversations for tests that must hold for all of them."""

from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch import Tensor

from model.conversation import UNKNOWN_SPEAKER, Utterance
from model.graph import ConversationGraph, GraphRules
from model.graph_tensors import GraphTensors, graph_tensors
from model.networks.mtml import MTML, Settings

FEATURES = 6


@dataclass(frozen=True)
class Talk:
    """A conversation as a network meets it: (N, F) features and N speakers."""

    features: Tensor
    speakers: tuple[str, ...]

    def graphs(self, rules: GraphRules) -> list[GraphTensors]:
        """The graph as it was after each utterance."""
        graph = ConversationGraph(rules)
        grown = []
        for index, speaker in enumerate(self.speakers):
            graph.add(Utterance(str(index), index, speaker, ""))
            grown.append(graph_tensors(graph))
        return grown


def talk(speakers, seed: int) -> Talk:
    """A conversation of these speakers with random features."""
    features = torch.randn(len(speakers), FEATURES, generator=torch.Generator().manual_seed(seed))
    return Talk(features, tuple(speakers))


def untrained(rules: GraphRules, layers: int = 2, seed: int = 0) -> MTML:
    """A small network whose tables matter as much as its features."""
    torch.manual_seed(seed)
    network = MTML(Settings(features=FEATURES, width=8, layers=layers, heads=2, graph=rules)).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.Embedding):
            torch.nn.init.normal_(module.weight)
    return network


def rules(most_ahead: int = 2) -> st.SearchStrategy[GraphRules]:
    """Windows of all sizes, also none."""
    past, ahead = st.integers(0, 4), st.integers(0, most_ahead)
    return st.builds(
        GraphRules,
        past=past,
        ahead=ahead,
        cross_task_past=past,
        cross_task_ahead=ahead,
        cause_past=past,
        cause_ahead=ahead,
    )


def networks(most_ahead: int = 2) -> st.SearchStrategy[MTML]:
    """Untrained networks with all windows and one to three layers."""
    return st.builds(untrained, rules(most_ahead), st.integers(1, 3), st.integers(0, 99))


def talks(shortest: int, longest: int) -> st.SearchStrategy[Talk]:
    """Conversations of known and unknown speakers."""
    speaker = st.sampled_from(["anna", "ben", "cleo", UNKNOWN_SPEAKER])
    return st.builds(talk, st.lists(speaker, min_size=shortest, max_size=longest), st.integers(0, 99))
