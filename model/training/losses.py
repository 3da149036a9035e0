"""What a reading costs against the annotation: emotion and cause over all rounds, pairs, and how they fit together.

The spelling out of MTML's objective is INFERRED. Targets that nobody annotated cost nothing.
"""

from collections.abc import Iterable
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F

from model.graph import Kind
from model.networks.offline import Reading
from model.training.examples import NOT_ANNOTATED, Batch, Example
from model.training.settings import Objective


class Loss:
    """The weighted sum of all losses.

    Emotion and cause: cross-entropy per utterance, summed over rounds of which the r-th counts r times. Pair: binary
    cross-entropy, summed over an utterance's candidates, risen to its weight over the first part of the training.
    Consistency: by how much a pair is more probable than P(not neutral)(i) P_c(j), squared. Progress: by how much a
    round costs more than the one before it. Harm: by how much what is heard and seen makes the right emotion less
    probable than words alone do, so that trust is given where it helps and withheld where it misleads.

    Args:
        objective: Weights of the losses.
        emotions: (C,) weights of the emotion labels.
    """

    def __init__(self, objective: Objective, emotions: Tensor) -> None:
        self._objective = objective
        self._emotions = emotions

    @property
    def compares(self) -> bool:
        """Whether what words alone say is needed."""
        return self._objective.harm_weight > 0

    def __call__(
        self, reading: Reading, probe: Tensor, batch: Batch, progress: float, alone: Tensor | None = None
    ) -> Tensor:
        """The loss, a scalar.

        Args:
            reading: What the network says.
            probe: (N, C) emotion logits straight from the encoder's features, so that the encoder learns from the
                start.
            batch: The annotation.
            progress: Share of the training that is done, 0 to 1.
            alone: (N, C) emotion logits from words alone; None where nothing is held against them.
        """
        weights = self._objective
        costs = [
            self._emotion(emotion, batch) + weights.cause_weight * _cause(cause, batch)
            for emotion, cause in reading.rounds
        ]  # per round (N,)
        ramp = min(1.0, progress / weights.pair_ramp) if weights.pair_ramp else 1.0
        pair = self._pair(reading.pair, batch) + weights.consistency_weight * _excess(reading, batch)
        harm = 0.0 if alone is None else weights.harm_weight * _harm(reading.emotion, alone, batch)
        return (
            harm
            + _later_more(costs)
            + weights.probe_weight * self._emotion(probe, batch).mean()
            + weights.progress_weight * _regress(costs)
            + ramp * weights.pair_weight * pair / batch.graph.size
        )

    def _emotion(self, logits: Tensor, batch: Batch) -> Tensor:
        """(N,) of (N, C) logits, weighted by label; over a batch the weights' mean is 1."""
        weights = self._emotions.to(logits)[batch.emotions.clamp(min=0)]
        smoothing = self._objective.smoothing
        plain = F.cross_entropy(
            logits, batch.emotions, ignore_index=NOT_ANNOTATED, label_smoothing=smoothing, reduction="none"
        )
        return plain * weights / weights.mean()

    def _pair(self, logits: Tensor, batch: Batch) -> Tensor:
        annotated = batch.pairs >= 0
        weight = torch.tensor(self._objective.pair_positive_weight, device=logits.device)
        return F.binary_cross_entropy_with_logits(
            logits[annotated], batch.pairs[annotated], pos_weight=weight, reduction="sum"
        )


def emotion_weights(examples: Iterable[Example], labels: int, objective: Objective) -> Tensor:
    """(C,) weights of the emotion labels in the loss; neutral, the first, weighs 1.

    Args:
        examples: What is learned from; how often a label occurs there decides.
        labels: C.
        objective: How much emotional ones weigh, and how much more rare ones.
    """
    counts = torch.zeros(labels)
    for example in examples:
        counts += torch.bincount(example.emotions[example.emotions >= 0], minlength=labels)
    usual = counts[1:].mean().clamp(min=1)
    weights = objective.emotional_weight * (usual / counts.clamp(min=1)) ** objective.balance
    weights[0] = 1.0
    return weights


def _cause(logits: Tensor, batch: Batch) -> Tensor:
    return F.cross_entropy(logits, batch.causes, ignore_index=NOT_ANNOTATED, reduction="none")


def _later_more(costs: list[Tensor]) -> Tensor:
    """The mean over utterances and rounds, of which the r-th counts r times."""
    shares = torch.arange(1, len(costs) + 1, device=costs[0].device, dtype=costs[0].dtype)
    return (torch.stack(costs, -1).mean(0) * shares).sum() / shares.sum()


def _regress(costs: list[Tensor]) -> Tensor:
    """By how much rounds cost more than the one before, which is held still."""
    return sum((F.relu(later - earlier.detach()).mean() for earlier, later in pairwise(costs)), costs[0].new_zeros(()))


def _harm(fused: Tensor, alone: Tensor, batch: Batch) -> Tensor:
    """The mean over utterances whose words are shown of what is taken from the right emotion's probability."""
    counted = batch.emotions != NOT_ANNOTATED
    if batch.worded is not None:
        counted &= batch.worded
    gold = batch.emotions.clamp(min=0).unsqueeze(-1)
    taken = (alone.softmax(-1) - fused.softmax(-1)).gather(-1, gold).squeeze(-1)
    return F.relu(taken).masked_fill(~counted, 0.0).mean()


def _excess(reading: Reading, batch: Batch) -> Tensor:
    """By how much pairs are more probable than their parts, squared and summed."""
    sources, targets = batch.graph.edges[Kind.CANDIDATE].index
    emotional = 1 - reading.emotion.softmax(-1)[:, 0]
    allowed = emotional[targets] * reading.cause.softmax(-1)[:, 1][sources]
    return F.relu(reading.pair.sigmoid() - allowed).square().sum()
