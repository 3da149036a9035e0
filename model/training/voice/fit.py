"""One voice network, fitted to clips."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from model.training.voice.hearing import Heard
from model.training.voice.settings import Fit
from model.voice.network import Settings, VoiceNetwork


@dataclass(frozen=True, slots=True)
class _Rows:
    """Variations of clips, one a row: features (R, V), labels (R,), possible labels (R, 9), weights (R,)."""

    features: Tensor
    labels: Tensor
    possible: Tensor
    weights: Tensor


def fit(heard: Heard, settings: Settings, how: Fit, seed: int) -> VoiceNetwork:
    """A network that knows these clips, in evaluation mode.

    The labels of a set weigh the same together, and so do the sets.

    Args:
        heard: The clips to learn from.
        settings: Sizes of the network.
        how: How its weights move.
        seed: Decides everything drawn.
    """
    torch.manual_seed(seed)
    network = VoiceNetwork(settings)
    network.expect(heard.features.flatten(0, 1))
    rows = _rows(heard)
    optimiser = torch.optim.AdamW(network.parameters(), lr=how.rate, weight_decay=how.weight_decay)
    steps = max(1, len(rows.labels) // how.batch) * how.epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda n: 0.5 * (1 + math.cos(math.pi * n / steps)))
    for _ in range(how.epochs):
        order = torch.randperm(len(rows.labels))
        for start in range(0, max(1, len(order) - how.batch + 1), how.batch):
            optimiser.zero_grad()
            _loss(network, rows, order[start : start + how.batch], how.smoothing).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    return network.eval()


def masked(logits: Tensor, possible: Tensor) -> Tensor:
    """Logits (…, 9) where labels that are not possible have none."""
    return logits.masked_fill(~possible, float("-inf"))


def _loss(network: VoiceNetwork, rows: _Rows, chosen: Tensor, smoothing: float) -> Tensor:
    possible, labels, weights = rows.possible[chosen], rows.labels[chosen], rows.weights[chosen]
    logs = masked(network(rows.features[chosen]), possible).log_softmax(-1)
    right = logs.gather(1, labels.unsqueeze(1)).squeeze(1)
    spread = logs.masked_fill(~possible, 0.0).sum(-1) / possible.sum(-1)
    losses = -(1 - smoothing) * right - smoothing * spread
    return (losses * weights).sum() / weights.sum()


def _rows(heard: Heard) -> _Rows:
    variants = heard.features.shape[1]
    sets = heard.possible.long() @ (2 ** torch.arange(heard.possible.shape[1]))
    groups = sets * heard.possible.shape[1] + heard.labels
    weights = torch.empty(len(groups))
    for group in set(groups.tolist()):
        same = groups == group
        weights[same] = 1.0 / same.sum()
    return _Rows(
        heard.features.flatten(0, 1),
        *(each.repeat_interleave(variants, 0) for each in (heard.labels, heard.possible, weights)),
    )
