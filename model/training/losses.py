"""What a reading costs against the annotation: emotion and cause over all rounds, pairs, and how they fit together.

The spelling out of MTML's objective is INFERRED. Targets that are not annotated (-100, and -1 of a pair) cost nothing.
"""

from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F

from model.graph import Kind
from model.networks.offline import Reading
from model.training.examples import Batch
from model.training.settings import Objective

UNANNOTATED = -100
"""The emotion and cause target of an utterance that is not annotated."""


def loss(reading: Reading, probe: Tensor, batch: Batch, objective: Objective, progress: float) -> Tensor:
    """The weighted sum of all losses, a scalar.

    Emotion and cause: cross-entropy per utterance, summed over rounds of which the r-th counts r times. Pair: binary
    cross-entropy, summed over an utterance's candidates. Consistency: by how much a pair is more probable than
    P(not neutral)(i) P_c(j), squared. Progress: by how much a round's cross-entropy exceeds the one before it.

    Args:
        reading: What the network says.
        probe: (N, C) emotion logits straight from the encoder's features, so that the encoder learns from the start.
        batch: The annotation.
        objective: Weights of the losses.
        progress: Share of the training that is done, 0 to 1.
    """
    tasks = _Tasks(batch, objective)
    costs = [tasks.cost(emotion, cause) for emotion, cause in reading.rounds]  # per round (N,)
    shares = torch.arange(1, len(costs) + 1, dtype=torch.float32) / sum(range(1, len(costs) + 1))
    spoken = sum((share * cost.mean() for share, cost in zip(shares.tolist(), costs, strict=True)), torch.tensor(0.0))
    worse = [F.relu(later - earlier.detach()).mean() for earlier, later in pairwise(costs)]
    pair = _pair_cost(reading.pair, batch, objective) + objective.consistency_weight * _excess(reading, batch)
    ramp = min(1.0, progress / objective.pair_ramp) if objective.pair_ramp else 1.0
    return (
        spoken
        + objective.probe_weight * tasks.emotion_cost(probe).mean()
        + objective.progress_weight * sum(worse, torch.tensor(0.0))
        + ramp * objective.pair_weight * pair / batch.graph.size
    )


class _Tasks:
    """Costs of emotion and cause logits per utterance."""

    def __init__(self, batch: Batch, objective: Objective) -> None:
        self._batch = batch
        self._objective = objective
        self._weights = torch.where(batch.emotions > 0, objective.emotional_weight, 1.0)
        self._scale = batch.emotions.numel() / self._weights.sum()

    def emotion_cost(self, logits: Tensor) -> Tensor:
        """(N,) of (N, C) logits; an emotional utterance weighs more, and the weights' mean is 1."""
        plain = F.cross_entropy(
            logits,
            self._batch.emotions,
            ignore_index=UNANNOTATED,
            label_smoothing=self._objective.smoothing,
            reduction="none",
        )
        return plain * self._weights * self._scale

    def cost(self, emotion: Tensor, cause: Tensor) -> Tensor:
        """(N,) of emotion (N, C) and cause (N, 2) logits."""
        by_cause = F.cross_entropy(cause, self._batch.causes, ignore_index=UNANNOTATED, reduction="none")
        return self.emotion_cost(emotion) + self._objective.cause_weight * by_cause


def _pair_cost(logits: Tensor, batch: Batch, objective: Objective) -> Tensor:
    annotated = batch.pairs >= 0
    weight = torch.tensor(objective.pair_positive_weight, device=logits.device)
    return F.binary_cross_entropy_with_logits(
        logits[annotated], batch.pairs[annotated], pos_weight=weight, reduction="sum"
    )


def _excess(reading: Reading, batch: Batch) -> Tensor:
    """By how much pairs are more probable than their parts, squared and summed."""
    sources, targets = batch.graph.edges[Kind.CANDIDATE].index
    emotional = 1 - reading.emotion.softmax(-1)[:, 0]
    allowed = emotional[targets] * reading.cause.softmax(-1)[:, 1][sources]
    return F.relu(reading.pair.sigmoid() - allowed).square().sum()
