"""Reading along a window instead of along edges: dense gathers for what `model.layers` computes per connection."""

import torch
from torch import Tensor
from torch.nn import functional as F

from model.graph import Window
from model.layers.attention import KindAttention, by_head
from realtime.incremental.plain.relations import Connections


def spread(sources: Tensor, window: Window) -> Tensor:
    """What each target reads: (B, past + R, D) sources as (B, R, W, D), with zeros for positions not yet arrived.

    The first target's earliest source is row 0; the last row is the newest utterance, which is also the last target.
    """
    if window.ahead:
        sources = F.pad(sources, (0, 0, 0, window.ahead))
    return sources.unfold(1, window.width, 1).transpose(-1, -2)


def message(attention: KindAttention, targets: Tensor, sources: Tensor, connections: Connections) -> Tensor:
    """What nodes read along one kind of connection; the formula is `KindAttention`'s.

    Args:
        attention: Its parameters.
        targets: (B, R, D) the nodes that read.
        sources: (B, past + R, 2 D) keys and values of the nodes that are read.
        connections: Theirs of this kind, (B, R, W).

    Returns:
        (B, R, D); zero where a node has no connection of this kind.
    """
    present = connections.present.unsqueeze(-1)  # (B, R, W, 1)
    keys, values = spread(sources, attention.window).chunk(2, -1)  # (B, R, W, D)
    read = keys + attention.edges(connections.relation, connections.offset)
    scores = attention.scores(attention.query(targets).unsqueeze(2), read)  # (B, R, W, H)
    shares = scores.masked_fill(~present, torch.finfo(scores.dtype).min).softmax(2) * present
    by_head = attention.values(values, connections.relation).view(*scores.shape, -1)  # (B, R, W, H, D/H)
    return (by_head * shares.unsqueeze(-1)).sum(2).flatten(-2)


def across_modalities(attention: KindAttention, nodes: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
    """What nodes read from the same utterance's nodes of the other modalities; the formula is `KindAttention`'s.

    Args:
        attention: Its parameters.
        nodes: (B, R, M, D), those that read and those that are read.
        present: (B, R, M) which of them there are.

    Returns:
        (B, R, M, D), zero where there is nothing to read; and (B, R, M) whether there is.
    """
    modalities = nodes.shape[2]
    other = ~torch.eye(modalities, dtype=torch.bool, device=nodes.device)
    connected = present.unsqueeze(3) & present.unsqueeze(2) & other  # (B, R, M, M): target, source
    relation = torch.arange(modalities, device=nodes.device)
    keys = attention.key(nodes) + attention.edges(relation, torch.zeros_like(relation))
    scores = attention.scores(attention.query(nodes).unsqueeze(3), keys.unsqueeze(2))  # (B, R, M, M, H)
    shares = scores.masked_fill(~connected.unsqueeze(-1), torch.finfo(scores.dtype).min).softmax(3)
    shares = shares * connected.unsqueeze(-1)
    values = by_head(attention.values(attention.value(nodes), relation), attention.heads)  # (B, R, M, H, D/H)
    read = (values.unsqueeze(2) * shares.unsqueeze(-1)).sum(3).flatten(-2)
    return read, connected.any(-1)
