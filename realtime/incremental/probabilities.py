"""Probabilities of the few logits of a step, in NumPy: torch would wake all its threads for them.

Those then wait in a loop for more work, on the cores that the next step is to be computed on.
"""

import numpy as np
from torch import Tensor

from model.decision import Decision


def emotion_probabilities(decision: Decision, logits: Tensor) -> list[list[list[float]]]:
    """What `Decision.emotion_probabilities` says of (B, R, C) logits on the host."""
    scaled = logits.numpy() / np.float32(decision.emotion_temperature)
    powers = np.exp(scaled - scaled.max(-1, keepdims=True))
    shares: list[list[list[float]]] = (powers / powers.sum(-1, keepdims=True)).tolist()
    return shares


def pair_probabilities(decision: Decision, logits: Tensor) -> list[list[list[float]]]:
    """What `Decision.pair_probabilities` says of (B, R, W) logits on the host."""
    scaled = logits.numpy() / np.float32(decision.pair_temperature)
    shares: list[list[list[float]]] = (0.5 + 0.5 * np.tanh(0.5 * scaled)).tolist()  # the sigmoid, without overflow
    return shares
