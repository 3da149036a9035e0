"""The connections a new utterance can still change, as fixed-size bands filled from the graph's own deltas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.conversation import Utterance
from model.graph import ConversationGraph, GraphRules, Kind

ABSENT = -1
"""Stands in a band where there is no connection."""


class LiveBands:
    """One conversation's graph, held as one band per kind of connection.

    A band is (R, W): the last R utterances as targets, the newest in the last row; W relative positions of the source,
    the earliest first. It holds the `Relation` of each connection, or `ABSENT`. The rules are `ConversationGraph`'s;
    nothing is decided here.

    Args:
        rules: Which utterances are connected.
        rows: R per kind, at least `ahead + 1`.
    """

    def __init__(self, rules: GraphRules, rows: Mapping[Kind, int]) -> None:
        self._graph = ConversationGraph(rules, keep=0)
        self._past = {kind: rules.window(kind).past for kind in Kind}
        self._bands: dict[Kind, NDArray[np.int64]] = {
            kind: np.full((rows[kind], rules.window(kind).width), ABSENT, dtype=np.int64) for kind in Kind
        }

    @property
    def size(self) -> int:
        """How many utterances have arrived."""
        return self._graph.size

    def add(self, speaker: str) -> None:
        """Let the next utterance arrive."""
        newest = self.size
        delta = self._graph.add(Utterance(id=str(newest), index=newest, speaker=speaker, text=""))
        for kind, connections in delta.connections.items():
            band, past = self._bands[kind], self._past[kind]
            band[:-1] = band[1:]
            band[-1] = ABSENT
            for connection in connections:
                band[connection.target - newest - 1, connection.offset + past] = connection.relation

    def band(self, kind: Kind) -> NDArray[np.int64]:
        """The (R, W) band of one kind; the next `add` changes it."""
        return self._bands[kind]


@dataclass(frozen=True, slots=True)
class Places:
    """The connections of one kind that the last R utterances of B conversations have, by relative position.

    Attributes:
        present: (B, R, W) whether there is a connection.
        relation: (B, R, W) int64 values of `Relation`; meaningless where there is none.
        offset: (W,) int64 relative position of the source.
    """

    present: Tensor
    relation: Tensor
    offset: Tensor

    def last(self, rows: int) -> "Places":
        """The same of the last rows alone."""
        return Places(self.present[:, -rows:], self.relation[:, -rows:], self.offset)


def stack(lanes: Sequence[LiveBands], rules: GraphRules, device: torch.device) -> dict[Kind, Places]:
    """The bands of B conversations that share their rules, per kind."""
    places = {}
    for kind in Kind:
        window = rules.window(kind)
        band = np.stack([lane.band(kind) for lane in lanes])
        places[kind] = Places(
            present=torch.from_numpy(band != ABSENT).to(device),
            relation=torch.from_numpy(np.maximum(band, 0)).to(device),
            offset=torch.arange(-window.past, window.ahead + 1, device=device),
        )
    return places
