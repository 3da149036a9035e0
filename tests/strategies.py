"""Random networks and conversations for tests that must hold for all of them."""

from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch import Tensor

from model.conversation import UNKNOWN_SPEAKER, Utterance
from model.graph import ConversationGraph, GraphRules
from model.graph_tensors import Edges, GraphTensors, graph_tensors
from model.layers.heads import Projection
from model.layers.rounds import Feedback
from model.modality import Modality
from model.networks.mtml import MTML, Settings
from model.networks.observations import Observations
from realtime.incremental.state import Rings

FEATURES = 6
SIZES = {Modality.TEXT: FEATURES, Modality.AUDIO: 3, Modality.VIDEO: 2}


@dataclass(frozen=True)
class Talk:
    """A conversation as a network meets it: features (N, F_m) and presence (N,) per modality, and N speakers."""

    features: dict[Modality, Tensor]
    present: dict[Modality, Tensor]
    speakers: tuple[str, ...]

    def graphs(self, rules: GraphRules) -> list[GraphTensors]:
        """The graph as it was after each utterance."""
        said = [Utterance(str(index), index, speaker, "") for index, speaker in enumerate(self.speakers)]
        whole = graph_tensors(ConversationGraph.fold(said, rules))
        return [
            GraphTensors(size, {kind: _among(edges, size) for kind, edges in whole.edges.items()})
            for size in range(1, len(said) + 1)
        ]

    def observed(self, network: MTML, start: int, end: int) -> Observations:
        """What a network reads of some of the utterances; the first of its modalities is never absent."""
        modalities = network.settings.modalities
        present = torch.stack([self.present[modality] for modality in modalities], -1)
        present[:, 0] |= ~present.any(-1)
        features = {modality: self.features[modality][start:end] for modality in modalities}
        return Observations(features, present[start:end])


def _among(edges: Edges, size: int) -> Edges:
    """The connections between the first utterances, so many."""
    inside = (edges.index < size).all(0)
    return Edges(edges.index[:, inside], edges.relation[inside], edges.offset[inside])


def talk(speakers, seed: int) -> Talk:
    """A conversation of these speakers with random features; a third of them is absent."""
    random = torch.Generator().manual_seed(seed)
    size = len(speakers)
    features = {modality: torch.randn(size, width, generator=random) for modality, width in SIZES.items()}
    present = {modality: torch.rand(size, generator=random) > 1 / 3 for modality in SIZES}
    return Talk(features, present, tuple(speakers))


def untrained(rules: GraphRules, layers: int = 2, seed: int = 0, **sizes) -> MTML:
    """A small network whose tables matter as much as its features, and which normalises what is measured."""
    torch.manual_seed(seed)
    sizes = {"features": {Modality.TEXT: FEATURES}, "width": 8, "round_width": 4, "heads": 2} | sizes
    network = MTML(Settings(layers=layers, graph=rules, **sizes)).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.Embedding):
            torch.nn.init.normal_(module.weight)
        if isinstance(module, Projection) and module.measured:
            module.expect(torch.randn_like(module.mean), torch.rand_like(module.scale) + 0.5)
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
        round_past=past,
        round_ahead=ahead,
        cause_past=past,
        cause_ahead=ahead,
    )


def networks(most_ahead: int = 2) -> st.SearchStrategy[MTML]:
    """Untrained networks with all windows, parts and modalities, and one to three layers and rounds."""
    read = st.sets(st.sampled_from(Modality), min_size=1).map(lambda chosen: {m: SIZES[m] for m in chosen})
    return st.builds(
        untrained,
        rules(most_ahead),
        layers=st.integers(1, 3),
        seed=st.integers(0, 99),
        features=read,
        cross_task=st.booleans(),
        cross_modal=st.booleans(),
        extraction_levels=st.integers(0, 2),
        rounds=st.integers(1, 3),
        feedback=st.sampled_from(Feedback),
    )


def talks(shortest: int, longest: int) -> st.SearchStrategy[Talk]:
    """Conversations of known and unknown speakers."""
    speaker = st.sampled_from(["anna", "ben", "cleo", UNKNOWN_SPEAKER])
    speakers = st.integers(shortest, longest).flatmap(lambda size: st.lists(speaker, min_size=size, max_size=size))
    return st.builds(talk, speakers, st.integers(0, 99))


def readings() -> st.SearchStrategy[tuple[MTML, Talk]]:
    """Networks with conversations of which every other is longer than any ring the network needs."""

    def with_talk(network: MTML) -> st.SearchStrategy[tuple[MTML, Talk]]:
        held = Rings(network).utterances
        return st.tuples(st.just(network), talks(1, held) | talks(held + 1, 2 * held + 2))

    return networks().flatmap(with_talk)
