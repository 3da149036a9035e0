"""A graph as tensors: what the offline pass and training read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from model.graph import Connection, ConversationGraph, Kind


@dataclass(frozen=True, slots=True)
class Edges:
    """The connections of one kind.

    Attributes:
        index: (2, E) int64; row 0 the sources, row 1 the targets.
        relation: (E,) int64, values of `Relation`.
        offset: (E,) int64, relative position of the source.
    """

    index: Tensor
    relation: Tensor
    offset: Tensor

    def to(self, device: torch.device) -> "Edges":
        """The same on a device."""
        return Edges(self.index.to(device), self.relation.to(device), self.offset.to(device))


@dataclass(frozen=True, slots=True)
class GraphTensors:
    """One graph, or several side by side without any connection between them.

    Attributes:
        size: N, how many utterances.
        edges: The connections per kind.
    """

    size: int
    edges: Mapping[Kind, Edges]

    def to(self, device: torch.device) -> "GraphTensors":
        """The same on a device."""
        return GraphTensors(self.size, {kind: edges.to(device) for kind, edges in self.edges.items()})


def graph_tensors(graph: ConversationGraph) -> GraphTensors:
    """The tensors of one graph that holds its whole conversation."""
    return GraphTensors(graph.size, {kind: _edges(graph.connections(kind)) for kind in Kind})


def join(graphs: Sequence[GraphTensors]) -> GraphTensors:
    """Several graphs as one, in order; utterances are numbered through."""
    starts = [0]
    for graph in graphs:
        starts.append(starts[-1] + graph.size)
    edges = {kind: _join([graph.edges[kind] for graph in graphs], starts) for kind in Kind}
    return GraphTensors(starts[-1], edges)


def of_each_modality(edges: Edges, present: Tensor) -> Edges:
    """Connections between utterances as connections between their nodes of the same modality.

    Args:
        edges: Between N utterances.
        present: (N, M) which modalities each has; absent ones are not connected.

    Returns:
        Connections between N M nodes, the modalities of an utterance next to one another.
    """
    modalities = present.shape[1]
    if modalities == 1:
        return edges
    both = present[edges.index[0]] & present[edges.index[1]]  # (E, M)
    edge, modality = both.nonzero(as_tuple=True)
    return Edges(edges.index[:, edge] * modalities + modality, edges.relation[edge], edges.offset[edge])


def between_modalities(present: Tensor) -> Edges:
    """Connections between the modalities of each utterance; their relation is the place of the modality that is read.

    Args:
        present: (N, M) which modalities each utterance has.

    Returns:
        Connections between N M nodes.
    """
    modalities = present.shape[1]
    other = ~torch.eye(modalities, dtype=torch.bool, device=present.device)
    utterance, source, target = (present.unsqueeze(2) & present.unsqueeze(1) & other).nonzero(as_tuple=True)
    index = torch.stack((utterance * modalities + source, utterance * modalities + target))
    return Edges(index, source, torch.zeros_like(source))


def among(edges: Edges, there: Tensor) -> Edges:
    """Connections between nodes, numbered among those that are there; others have none.

    Args:
        edges: Between nodes that are there, of N M.
        there: (N M,) which nodes are there.
    """
    return Edges((there.cumsum(0) - 1)[edges.index], edges.relation, edges.offset)


def _edges(connections: Sequence[Connection]) -> Edges:
    rows = [(c.source, c.target, c.relation, c.offset) for c in connections]
    table = torch.tensor(rows, dtype=torch.long).reshape(-1, 4)
    return Edges(table[:, :2].T.contiguous(), table[:, 2], table[:, 3])


def _join(parts: Sequence[Edges], starts: Sequence[int]) -> Edges:
    return Edges(
        torch.cat([part.index + start for part, start in zip(parts, starts, strict=False)], 1),
        torch.cat([part.relation for part in parts]),
        torch.cat([part.offset for part in parts]),
    )
