"""MIGAT's message passing over a whole graph, with PyTorch Geometric: the offline pass and training."""

import torch
from torch import Tensor
from torch_geometric.nn import MessagePassing
from torch_geometric.utils import softmax

from model.graph_tensors import Edges
from model.layers.attention import KindAttention, LayerParameters, TaskUpdate, by_head


class KindMessages(MessagePassing):  # type: ignore[misc]  # torch_geometric has no types
    """What nodes read along one kind of connection; the formula is `KindAttention`'s."""

    def __init__(self, attention: KindAttention) -> None:
        super().__init__(aggr="add", node_dim=0)
        self._attention = (attention,)  # a tuple, so that the parameters stay owned by the network

    def forward(self, target: Tensor, source: Tensor, edges: Edges) -> Tensor:
        """Messages (N, D) into `target` (N, D) nodes from `source` (N, D) nodes; zero where there is no connection."""
        (attention,) = self._attention
        read: Tensor = self.propagate(
            edges.index,
            query=attention.query(target),
            key=attention.key(source),
            value=attention.value(source),
            relation=edges.relation,
            offset=edges.offset,
            size=(source.shape[0], target.shape[0]),
        )
        return read

    def message(  # noqa: D102 - named by torch_geometric: one row per connection
        self,
        query_i: Tensor,
        key_j: Tensor,
        value_j: Tensor,
        relation: Tensor,
        offset: Tensor,
        index: Tensor,
        dim_size: int,
    ) -> Tensor:
        (attention,) = self._attention
        scores = attention.scores(query_i, key_j + attention.edges(relation, offset))  # (E, H)
        shares: Tensor = softmax(scores, index, num_nodes=dim_size)  # (E, H)
        values = by_head(attention.values(value_j, relation), attention.heads)  # (E, H, D/H)
        return (values * shares.unsqueeze(-1)).flatten(-2)


class Migat:
    """One MIGAT layer over a whole graph; it owns no parameters, it computes with the network's.

    Args:
        layer: The layer's parameters.
    """

    def __init__(self, layer: LayerParameters) -> None:
        self._tasks = _Task(layer.emotion), _Task(layer.cause)

    def __call__(self, emotion: Tensor, cause: Tensor, intra: Edges, cross_task: Edges) -> tuple[Tensor, Tensor]:
        """Emotion and cause nodes after the layer.

        Args:
            emotion: (N, D) emotion nodes.
            cause: (N, D) cause nodes.
            intra: Connections within a task.
            cross_task: Connections between the tasks.

        Returns:
            Both, (N, D).
        """
        edges = intra, cross_task
        present = torch.stack([_reached(kind, emotion.shape[0]) for kind in edges], -1)
        for_emotion, for_cause = self._tasks
        return for_emotion(emotion, cause, edges, present), for_cause(cause, emotion, edges, present)


class _Task:
    """The half of a layer that updates the nodes of one task."""

    def __init__(self, update: TaskUpdate) -> None:
        self._update = update
        self._intra = KindMessages(update.intra)
        self._cross_task = KindMessages(update.cross_task)

    def __call__(self, own: Tensor, other: Tensor, edges: tuple[Edges, Edges], present: Tensor) -> Tensor:
        intra, cross_task = edges
        messages = self._intra(own, own, intra), self._cross_task(own, other, cross_task)
        updated: Tensor = self._update(own, messages, present)
        return updated


def _reached(edges: Edges, nodes: int) -> Tensor:
    """Which nodes are the target of any connection, (N,)."""
    reached = torch.zeros(nodes, dtype=torch.bool, device=edges.index.device)
    reached[edges.index[1]] = True
    return reached
