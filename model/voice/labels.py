"""What the voice network tells apart, and how that becomes the labels of everything else."""

from typing import Final

import torch
from torch import Tensor

from model.emotions import EKMAN_LABELS

CALM: Final = "calm"
BOREDOM: Final = "boredom"

VOICE_LABELS: Final = ("neutral", CALM, "joy", "sadness", "anger", "fear", "disgust", "surprise", BOREDOM)
"""RAVDESS's eight labels and the one that EmoDB adds, in the order of the network's logits."""


def as_ekman(logits: Tensor) -> Tensor:
    """Centred log-probabilities (…, 7) of `EKMAN_LABELS` from (…, 9) logits: calm is neutral, boredom is left out."""
    columns = {label: logits[..., place] for place, label in enumerate(VOICE_LABELS)}
    columns["neutral"] = torch.logaddexp(columns["neutral"], columns.pop(CALM))
    kept = torch.stack([columns[label] for label in EKMAN_LABELS], -1)
    return kept - kept.mean(-1, keepdim=True)
