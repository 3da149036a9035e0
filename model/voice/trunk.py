"""The lower layers of a speaker encoder, which hear how something is said before the upper ones forget it."""

from typing import TypeAlias

import torch
from torch import Tensor, nn

from model.voice.ge2e import STATE, load_into
from model.voice.mel import BANDS

LAYERS = 2
"""Of three: the second tells emotions best (unweighted accuracy 0.66 over RAVDESS actors by a linear classifier on its
mean and deviation, five folds; the first 0.52, the third 0.60)."""

State: TypeAlias = tuple[Tensor, Tensor]
"""What the layers remember of a stretch of sound: hidden and cell states, each (2, 1, 256)."""


class Trunk(nn.Module):
    """Two LSTM layers over mel spectrograms, frozen: as published (`model.voice.ge2e`), never stored again."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(BANDS, STATE, LAYERS, batch_first=True)

    @classmethod
    def load(cls) -> "Trunk":
        """With the published weights.

        Raises:
            PartMissingError: resemblyzer is not installed, or its weights are not what they should be.
        """
        trunk = cls()
        load_into(trunk)
        return trunk.requires_grad_(False).eval()  # noqa: FBT003 - torch's own signature

    @torch.inference_mode()
    def hear(self, mel: Tensor, state: State | None) -> tuple[Tensor, State]:
        """(F, 256) states of (F, 40) frames that follow those which left `state`; and what these leave."""
        heard, left = self.lstm(mel.unsqueeze(0), state)
        return heard[0], left
