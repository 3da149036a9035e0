"""What a reading costs against the annotation: emotion, cause and pair losses."""

import torch
from torch import Tensor
from torch.nn import functional as F

from model.networks.offline import Reading
from model.training.examples import Batch
from model.training.settings import Objective


def loss(reading: Reading, probe: Tensor, batch: Batch, objective: Objective) -> Tensor:
    """The weighted sum of all losses, a scalar.

    Emotion and cause: cross-entropy per utterance. Pair: binary cross-entropy, summed over an utterance's candidates.

    Args:
        reading: What the network says.
        probe: (N, C) emotion logits straight from the encoder's features, so that the encoder learns from the start.
        batch: The annotation.
        objective: Weights of the losses.
    """
    weights = torch.full((reading.emotion.shape[-1],), objective.emotional_weight)
    weights[0] = 1.0  # neutral

    def emotion_loss(logits: Tensor) -> Tensor:
        return F.cross_entropy(logits, batch.emotions, weights, label_smoothing=objective.smoothing)

    emotion = emotion_loss(reading.emotion) + objective.probe_weight * emotion_loss(probe)
    cause = F.cross_entropy(reading.cause, batch.causes)
    pair = F.binary_cross_entropy_with_logits(
        reading.pair, batch.pairs, pos_weight=torch.tensor(objective.pair_positive_weight), reduction="sum"
    )
    return emotion + objective.cause_weight * cause + objective.pair_weight * pair / batch.graph.size
