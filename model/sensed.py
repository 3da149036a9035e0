"""What is known of utterances beyond their words: features of one modality, and who has any."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor

from model.modality import Modality


@dataclass(frozen=True, slots=True)
class Sensed:
    """N utterances in one modality, as an encoder or a table gives them.

    Attributes:
        features: (N, F) float32, not normalised: that is the network's part; 0 where absent.
        present: (N,) whether an utterance has the modality.
    """

    features: Tensor
    present: Tensor

    @classmethod
    def nothing(cls, utterances: int, features: int, device: torch.device) -> "Sensed":
        """Utterances of which nothing was sensed."""
        return cls(
            torch.zeros(utterances, features, device=device), torch.zeros(utterances, dtype=torch.bool, device=device)
        )

    def to(self, device: torch.device) -> "Sensed":
        """The same on a device."""
        return Sensed(self.features.to(device), self.present.to(device))


NOTHING: Final[Mapping[Modality, Sensed]] = MappingProxyType({})
"""There is nothing beyond the words."""
