"""What a voice or a face says of an utterance, beside its words."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.emotions import EKMAN_LABELS
from model.modality import Modality

EVIDENCE_WIDTH: Final = len(EKMAN_LABELS)
"""Numbers in which every voice and face encoder speaks, however large: one per label."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One modality's word on one utterance; that there is none is a value, too.

    Attributes:
        features: (7,) float32 log-probabilities of `EKMAN_LABELS`, centred on their mean, with the person's baseline
            subtracted; None where the modality is not used.
        quality: How good the view or the sound was, 0 to 1; None where nothing was measured.
        reason: Why it is not used, or may mean little, in plain words; empty otherwise.
    """

    features: NDArray[np.float32] | None
    quality: float | None
    reason: str

    @property
    def used(self) -> bool:
        """Whether the network reads it."""
        return self.features is not None


NO_EVIDENCE: Final[Mapping[Modality, Evidence]] = MappingProxyType({})
"""Nothing was looked at or listened to but the words."""


def centred(log_probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """(…, 7) logits or log-probabilities shifted to mean 0: the form in which evidence is averaged and subtracted."""
    shifted: NDArray[np.float32] = log_probabilities - log_probabilities.mean(-1, keepdims=True)
    return shifted
