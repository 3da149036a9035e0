"""The network that turns a second of voice into a vector: vectors of one person point the same way.

Architecture and weights are those of resemblyzer (`model.voice.ge2e`).
"""

from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from model.voice.ge2e import STATE, load_into
from model.voice.mel import BANDS, HOP, at_level, mel_power

VECTOR = STATE
"""Numbers that stand for a voice."""

WINDOW = 19_200
"""Samples read at a time: 1.2 s. Shorter ones know the voice worse, longer ones mix more people."""

SHORTEST = 6_400
"""Samples without which there is no voice to know: 0.4 s."""

_LAYERS = 3
_LEVEL_DB = -25.0
_WARM_UP = 3


class VoiceEncoder(nn.Module):
    """Three LSTM layers over the mel spectrogram; the last state of the last becomes the vector."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(BANDS, VECTOR, _LAYERS, batch_first=True)
        self.linear = nn.Linear(VECTOR, VECTOR)

    @classmethod
    def load(cls) -> Self:
        """The network with resemblyzer's weights, warmed up.

        Raises:
            PartMissingError: resemblyzer is not installed, or its weights are not what they should be.
        """
        network = cls()
        load_into(network)
        network.eval()
        for _ in range(_WARM_UP):
            network.vector(np.zeros(WINDOW, np.float32))
        return network

    def forward(self, mel: Tensor) -> Tensor:
        """(B, F, 40) spectrograms to (B, 256) vectors of length 1 without a negative number."""
        _, (hidden, _) = self.lstm(mel)
        vectors = torch.relu(self.linear(hidden[-1]))
        return nn.functional.normalize(vectors, dim=1)

    @torch.inference_mode()
    def vector(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """(256,) of (T,) samples of one person's voice, at most a few seconds, however loud."""
        mel = mel_power(at_level(sound, _LEVEL_DB))[: max(1, len(sound) // HOP)]
        vector: NDArray[np.float32] = self(mel.unsqueeze(0))[0].numpy()
        return vector
