"""Attention along one kind of connection: its parameters and what they do to rows.

A row is one node (…, D) or one connection (…, D); all leading dimensions are free. The offline pass gathers rows along
connections, the incremental engine along a window: the mathematics is here, once, and without message passing, so that
any engine can compute with it. Attention as in GATv2 (Brody et al. 2022, "How Attentive are Graph Attention
Networks?", equation 7).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.graph import Window

SLOPE = 0.2
"""Of the leaky ReLU below 0."""


class KindAttention(nn.Module):
    """Attention along one kind of connection.

    For target i, source j, relation r and relative position p, per head h:

        score = a_h . LeakyReLU(q_i + k_j + u_r + w_p)        message = sum_j softmax_j(score) (v_j + z_r)

    The softmax runs over the sources of i of this kind.

    Args:
        width: D, features of a node.
        heads: H, divides D.
        window: Which relative positions occur.
        relations: How many relations there are between the ends of a connection.

    Shapes:
        nodes (…, D); edges (…, D); scores (…, H); values (…, D), head by head.
    """

    def __init__(self, width: int, heads: int, window: Window, relations: int) -> None:
        super().__init__()
        self.heads = heads
        self.window = window
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.relation_key = nn.Embedding(relations, width)
        self.relation_value = nn.Embedding(relations, width)
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
        joint = F.leaky_relu(query + key, SLOPE)
        return (by_head(joint, self.heads) * self.weight).sum(-1)

    def values(self, value: Tensor, relation: Tensor) -> Tensor:
        """What is read along a connection: (…, D) values of sources and (…) relations to (…, D)."""
        read: Tensor = value + self.relation_value(relation)
        return read


def by_head(rows: Tensor, heads: int) -> Tensor:
    """Rows (…, D) cut into heads, (…, H, D/H)."""
    return rows.reshape(*rows.shape[:-1], heads, rows.shape[-1] // heads)
