"""What a network is given of utterances: features per modality, and which of them there are."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from model.modality import Modality
from model.sensed import Sensed


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
    def of(
        cls,
        sizes: Mapping[Modality, int],
        words: Tensor,
        sensed: Mapping[Modality, Sensed],
        worded: Tensor | None = None,
    ) -> "Observations":
        """Utterances as a network takes them; what it reads and nobody gave is absent.

        Args:
            sizes: Features per modality that the network reads.
            words: (N, F) features of the words.
            sensed: What there is beyond the words; modalities that the network does not read are left out.
            worded: (N,) whether the words may be read; None: all of them. Who has no words has something else.
        """
        count, device = words.shape[0], words.device
        if worded is None:
            worded = torch.ones(count, dtype=torch.bool, device=device)
        given = {modality: each.to(device) for modality, each in sensed.items()}
        given[Modality.TEXT] = Sensed(words, worded)
        read = {
            modality: given.get(modality) or Sensed.nothing(count, sizes[modality], device)
            for modality in Modality
            if modality in sizes
        }
        return cls(
            {modality: each.features for modality, each in read.items()},
            torch.stack([each.present for each in read.values()], -1),
        )
