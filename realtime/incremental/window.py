"""Reading along a window instead of along edges: dense gathers for what `model.layers` computes per connection."""

import torch
from torch import Tensor
from torch.nn import functional as F

from model.graph import Window
from model.layers.attention import KindAttention
from realtime.incremental.band import Places


def spread(sources: Tensor, window: Window) -> Tensor:
    """What each target reads: (B, past + R, D) sources as (B, R, W, D), with zeros for positions not yet arrived.

    The first target's earliest source is row 0; the last row is the newest utterance, which is also the last target.
    """
    if window.ahead:
        sources = F.pad(sources, (0, 0, 0, window.ahead))
    return sources.unfold(1, window.width, 1).transpose(-1, -2)


def message(attention: KindAttention, targets: Tensor, sources: Tensor, places: Places) -> Tensor:
    """What nodes read along one kind of connection; the formula is `KindAttention`'s.

    Args:
        attention: Its parameters.
        targets: (B, R, D) the nodes that read.
        sources: (B, past + R, 2 D) keys and values of the nodes that are read.
        places: Their connections of this kind, (B, R, W).

    Returns:
        (B, R, D); zero where a node has no connection of this kind.
    """
    present = places.present.unsqueeze(-1)  # (B, R, W, 1)
    keys, values = spread(sources, attention.window).chunk(2, -1)  # (B, R, W, D)
    read = keys + attention.edges(places.relation, places.offset)
    scores = attention.scores(attention.query(targets).unsqueeze(2), read)  # (B, R, W, H)
    shares = scores.masked_fill(~present, torch.finfo(scores.dtype).min).softmax(2) * present
    by_head = attention.values(values, places.relation).view(*scores.shape, -1)  # (B, R, W, H, D/H)
    return (by_head * shares.unsqueeze(-1)).sum(2).flatten(-2)
