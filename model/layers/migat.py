"""MIGAT's message passing over a whole graph, with PyTorch Geometric: the offline pass and training."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.nn import MessagePassing
from torch_geometric.utils import softmax

from model.graph_tensors import Edges
from model.layers.attention import KindAttention, by_head
from model.layers.update import LayerParameters, TaskUpdate


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

    def __call__(self, emotion: Tensor, cause: Tensor, edges: Sequence[Edges]) -> tuple[Tensor, Tensor]:
        """Emotion and cause nodes after the layer.

        Args:
            emotion: (N, D) emotion nodes.
            cause: (N, D) cause nodes.
            edges: Connections per kind that the layer knows: within a task, between the tasks, between modalities.

        Returns:
            Both, (N, D).
        """
        present = torch.stack([_reached(kind, emotion.shape[0]) for kind in edges], -1)
        present[:, 0] |= ~present.any(-1)  # a node that is not there needs a gate too, so that no NaN arises
        for_emotion, for_cause = self._tasks
        return for_emotion(emotion, cause, edges, present), for_cause(cause, emotion, edges, present)


class _Task:
    """The half of a layer that updates the nodes of one task."""

    def __init__(self, update: TaskUpdate) -> None:
        self._update = update
        self._kinds = [(KindMessages(attention), from_other) for _, attention, from_other in update.along_utterances()]
        if update.between_modalities is not None:
            self._kinds.append((KindMessages(update.between_modalities), False))

    def __call__(self, own: Tensor, other: Tensor, edges: Sequence[Edges], present: Tensor) -> Tensor:
        messages = [
            read(own, other if from_other else own, kind)
            for (read, from_other), kind in zip(self._kinds, edges, strict=True)
        ]
        updated: Tensor = self._update(own, messages, present)
        return updated


def _reached(edges: Edges, nodes: int) -> Tensor:
    """Which nodes are the target of any connection, (N,)."""
    reached = torch.zeros(nodes, dtype=torch.bool, device=edges.index.device)
    reached[edges.index[1]] = True
    return reached
