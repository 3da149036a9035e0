"""What a network is given of utterances: features per modality, and which of them there are."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from model.modality import Modality


@dataclass(frozen=True, slots=True)
class Observations:
    """Utterances as encoders saw them.

    Attributes:
        features: (…, F_m) per modality that the network reads; meaningless where the modality is absent.
        present: (…, M) whether an utterance has the modality, in the network's order; at least one each.
    """

    features: Mapping[Modality, Tensor]
    present: Tensor

    @classmethod
    def of_text(cls, features: Tensor) -> "Observations":
        """Utterances (…, F) of which there are the words and nothing else, for a network that reads only words."""
        return cls(
            {Modality.TEXT: features}, torch.ones(*features.shape[:-1], 1, dtype=torch.bool, device=features.device)
        )
