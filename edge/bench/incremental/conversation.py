"""A random conversation of any length, and its graph, built at once instead of utterance by utterance."""

from dataclasses import dataclass

import torch
from torch import Tensor

from model.conversation import UNKNOWN_SPEAKER
from model.graph import GraphRules, Kind, Relation, Window
from model.graph_tensors import Edges, GraphTensors

SPEAKERS = (UNKNOWN_SPEAKER, "anna", "ben", "cleo", "dan")
"""Who may speak; the place of a name is its number."""


@dataclass(frozen=True, slots=True)
class RandomConversation:
    """Utterances of random speakers, with random features of their words.

    Attributes:
        features: (N, F) float32.
        speakers: (N,) int64, places in `SPEAKERS`.
    """

    features: Tensor
    speakers: Tensor

    @classmethod
    def of(cls, size: int, features: int, seed: int) -> "RandomConversation":
        """N utterances with F features; the same for the same seed."""
        random = torch.Generator().manual_seed(seed)
        return cls(
            torch.randn(size, features, generator=random), torch.randint(len(SPEAKERS), (size,), generator=random)
        )

    def graph(self, rules: GraphRules, size: int) -> GraphTensors:
        """The graph of the first utterances, as the offline pass takes it; connections by target, then source."""
        return GraphTensors(size, {kind: _edges(self.speakers[:size], rules.window(kind)) for kind in Kind})

    def relations(self, window: Window) -> Tensor:
        """Who spoke, seen from each utterance, at each relative position: (N, W) int64; beyond the ends, anything."""
        return _relations(self.speakers, window)


def _edges(speakers: Tensor, window: Window) -> Edges:
    sources = _sources(len(speakers), window)
    target, place = ((sources >= 0) & (sources < len(speakers))).nonzero(as_tuple=True)
    index = torch.stack((sources[target, place], target))
    return Edges(index, _relations(speakers, window)[target, place], place - window.past)


def _relations(speakers: Tensor, window: Window) -> Tensor:
    sources, own = _sources(len(speakers), window), speakers[:, None]
    other = speakers[sources.clamp(0, len(speakers) - 1)]
    relation = torch.where(own == other, int(Relation.SAME_SPEAKER), int(Relation.OTHER_SPEAKER))
    relation = relation.masked_fill((own == 0) | (other == 0), int(Relation.UNKNOWN))
    return relation.masked_fill(sources == torch.arange(len(speakers))[:, None], int(Relation.SELF))


def _sources(size: int, window: Window) -> Tensor:
    """Index of the utterance at each relative position of each, (N, W)."""
    return torch.arange(size)[:, None] + torch.arange(-window.past, window.ahead + 1)
