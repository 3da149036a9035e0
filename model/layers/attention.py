"""The parameters of MIGAT and what they do to rows: no message passing, so that any engine can compute with them.

A row is one node (…, D) or one connection (…, D); all leading dimensions are free. The offline pass gathers rows along
connections, the incremental engine along a window: the mathematics is here, once. INFERRED from the abstract of MTML
(Information Fusion 127, 103877); attention as in GATv2 (Brody et al. 2022, "How Attentive are Graph Attention
Networks?", equation 7).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.graph import Relation, Window

_SLOPE = 0.2


class KindAttention(nn.Module):
    """Attention along one kind of connection into the nodes of one task.

    For target i, source j, relation r and relative position p, per head h:

        score = a_h . LeakyReLU(q_i + k_j + u_r + w_p)        message = sum_j softmax_j(score) (v_j + z_r)

    The softmax runs over the sources of i of this kind.

    Args:
        width: D, features of a node.
        heads: H, divides D.
        window: Which relative positions occur.

    Shapes:
        nodes (…, D); edges (…, D); scores (…, H); values (…, D), head by head.
    """

    def __init__(self, width: int, heads: int, window: Window) -> None:
        super().__init__()
        self.heads = heads
        self.window = window
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.relation_key = nn.Embedding(len(Relation), width)
        self.relation_value = nn.Embedding(len(Relation), width)
        self.position = nn.Embedding(window.width, width)
        self.weight = nn.Parameter(torch.empty(heads, width // heads))
        nn.init.xavier_uniform_(self.weight)
        for table in (self.relation_key, self.relation_value, self.position):
            nn.init.normal_(table.weight, std=0.1)

    def edges(self, relation: Tensor, offset: Tensor) -> Tensor:
        """What a connection adds to its key: (…) relations and (…) relative positions to (…, D)."""
        shift: Tensor = self.relation_key(relation) + self.position(offset + self.window.past)
        return shift

    def scores(self, query: Tensor, key: Tensor) -> Tensor:
        """Attention scores (…, H) before the softmax.

        Args:
            query: (…, D) of the targets.
            key: (…, D) of the sources, what `edges` gives added.
        """
        joint = F.leaky_relu(query + key, _SLOPE)
        return (by_head(joint, self.heads) * self.weight).sum(-1)

    def values(self, value: Tensor, relation: Tensor) -> Tensor:
        """What is read along a connection: (…, D) values of sources and (…) relations to (…, D)."""
        read: Tensor = value + self.relation_value(relation)
        return read


class TaskUpdate(nn.Module):
    """How the nodes of one task take in the messages of one layer.

    The kinds are joined by a gate that each node computes from itself and from that kind's message; a kind
    without any connection is masked from the gate and contributes zero. Then residual, layer norm, feed-forward,
    residual, layer norm.

    Args:
        width: D, features of a node.
        heads: H, one gate value per head and kind.
        dropout: Share of features dropped in training.
        intra: Reach of connections within the task.
        cross_task: Reach of connections from the other task.
    """

    def __init__(self, width: int, heads: int, dropout: float, intra: Window, cross_task: Window) -> None:
        super().__init__()
        self.heads = heads
        self.intra = KindAttention(width, heads, intra)
        self.cross_task = KindAttention(width, heads, cross_task)
        self.gates = nn.ModuleList(nn.Linear(2 * width, heads) for _ in range(2))
        self.output = nn.Linear(width, width)
        self.attention_norm = nn.LayerNorm(width)
        self.expand = nn.Linear(width, 2 * width)
        self.contract = nn.Linear(2 * width, width)
        self.forward_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def join(self, node: Tensor, messages: tuple[Tensor, Tensor], present: Tensor) -> Tensor:
        """Join the kinds' messages into one.

        Args:
            node: (…, D) the nodes.
            messages: Per kind (intra, cross-task), (…, D).
            present: (…, 2) whether the node has any connection of that kind; at least one is true.

        Returns:
            (…, D).
        """
        scores = [gate(torch.cat((node, message), -1)) for gate, message in zip(self.gates, messages, strict=True)]
        gate = torch.stack(scores, -1)  # (…, H, 2)
        gate = gate.masked_fill(~present.unsqueeze(-2), float("-inf")).softmax(-1)
        kinds = torch.stack([by_head(message, self.heads) for message in messages], -1)  # (…, H, D/H, 2)
        return (kinds * gate.unsqueeze(-2)).sum(-1).flatten(-2)

    def forward(self, node: Tensor, messages: tuple[Tensor, Tensor], present: Tensor) -> Tensor:
        """The nodes after this layer, (…, D); arguments as in `join`."""
        node = self.attention_norm(node + self.dropout(self.output(self.join(node, messages, present))))
        hidden = self.contract(self.dropout(F.gelu(self.expand(node))))
        updated: Tensor = self.forward_norm(node + self.dropout(hidden))
        return updated


class LayerParameters(nn.Module):
    """One MIGAT layer: how emotion nodes and how cause nodes are updated, each from the states before the layer."""

    def __init__(self, width: int, heads: int, dropout: float, intra: Window, cross_task: Window) -> None:
        super().__init__()
        self.emotion = TaskUpdate(width, heads, dropout, intra, cross_task)
        self.cause = TaskUpdate(width, heads, dropout, intra, cross_task)


def by_head(rows: Tensor, heads: int) -> Tensor:
    """Rows (…, D) cut into heads, (…, H, D/H)."""
    return rows.reshape(*rows.shape[:-1], heads, rows.shape[-1] // heads)
