"""How a MIGAT layer changes nodes: the messages of all kinds of connection joined by a gate, then a feed-forward step.

INFERRED from the abstract of MTML (Information Fusion 127, 103877): no reached text states the layer's formula.
"""

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.graph import Kind, Relation, Window
from model.layers.attention import KindAttention, by_head
from model.modality import Modality

OWN = Window(past=0, ahead=0)
"""Connections that stay within one utterance."""


class TaskUpdate(nn.Module):
    """How the nodes of one task take in the messages of one layer.

    For a node x with messages m_k of the kinds k, per head h:

        g_kh = softmax_k(w_kh . [x ; m_k])        y = LN(x + W sum_k g_k m_k)        x' = LN(y + FFN(y))

    Every node computes its own gate; a kind of which it has no connection is masked from the gate and contributes
    zero. Nothing here reads another node, and no statistics are taken over a batch.

    Args:
        width: D, features of a node.
        heads: H, one gate value per head and kind.
        dropout: Share of features dropped in training.
        windows: Reach of the kinds of connection between utterances: within the task, and from the other task.
        modalities: M, how many modalities of an utterance read each other; 1 where none reads another.
    """

    def __init__(self, width: int, heads: int, dropout: float, windows: Mapping[Kind, Window], modalities: int) -> None:
        super().__init__()
        self.heads = heads
        self.between_utterances = nn.ModuleDict(
            {kind.value: KindAttention(width, heads, window, len(Relation)) for kind, window in windows.items()}
        )
        self.between_modalities = KindAttention(width, heads, OWN, len(Modality)) if modalities > 1 else None
        kinds = len(windows) + (modalities > 1)
        self.gates = nn.ModuleList(nn.Linear(2 * width, heads) for _ in range(kinds))
        self.output = nn.Linear(width, width)
        self.attention_norm = nn.LayerNorm(width)
        self.expand = nn.Linear(width, 2 * width)
        self.contract = nn.Linear(2 * width, width)
        self.forward_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def along_utterances(self) -> list[tuple[Kind, KindAttention, bool]]:
        """Per kind of connection between utterances: its parameters, and whether the other task's nodes are read."""
        return [
            (Kind(kind), cast("KindAttention", attention), kind == Kind.CROSS_TASK)
            for kind, attention in self.between_utterances.items()
        ]

    def join(self, node: Tensor, messages: Sequence[Tensor], present: Tensor) -> Tensor:
        """Join the kinds' messages into one.

        Args:
            node: (…, D) the nodes.
            messages: Per kind, (…, D).
            present: (…, K) whether the node has any connection of that kind; at least one is true.

        Returns:
            (…, D).
        """
        scores = [gate(torch.cat((node, message), -1)) for gate, message in zip(self.gates, messages, strict=True)]
        gate = torch.stack(scores, -1)  # (…, H, K)
        gate = gate.masked_fill(~present.unsqueeze(-2), float("-inf")).softmax(-1)
        kinds = torch.stack([by_head(message, self.heads) for message in messages], -1)  # (…, H, D/H, K)
        return (kinds * gate.unsqueeze(-2)).sum(-1).flatten(-2)

    def forward(self, node: Tensor, messages: Sequence[Tensor], present: Tensor) -> Tensor:
        """The nodes after this layer, (…, D); arguments as in `join`."""
        node = self.attention_norm(node + self.dropout(self.output(self.join(node, messages, present))))
        hidden = self.contract(self.dropout(F.gelu(self.expand(node))))
        updated: Tensor = self.forward_norm(node + self.dropout(hidden))
        return updated


class LayerParameters(nn.Module):
    """One MIGAT layer: how emotion nodes and how cause nodes are updated, each from the states before the layer.

    All modalities share a layer's parameters; which one a node is of, it knows from its projection.
    """

    def __init__(self, width: int, heads: int, dropout: float, windows: Mapping[Kind, Window], modalities: int) -> None:
        super().__init__()
        self.emotion = TaskUpdate(width, heads, dropout, windows, modalities)
        self.cause = TaskUpdate(width, heads, dropout, windows, modalities)
