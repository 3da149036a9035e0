"""The network that turns a second of voice into a vector: vectors of one person point the same way.

Architecture and weights are those of resemblyzer (https://github.com/resemble-ai/Resemblyzer), a GE2E speaker encoder
(Wan et al., "Generalized End-to-End Loss for Speaker Verification", https://arxiv.org/abs/1710.10467). Only its weights
are read: importing the library costs seconds, and its first call, which compiles librosa, 20 s.
"""

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from pickle import UnpicklingError
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from model.errors import PartMissingError
from realtime.voices.mel import BANDS, HOP, at_level, mel_power

VECTOR = 256
"""Numbers that stand for a voice."""

WINDOW = 19_200
"""Samples read at a time: 1.2 s. Shorter ones know the voice worse, longer ones mix more people."""

SHORTEST = 6_400
"""Samples without which there is no voice to know: 0.4 s."""

_LAYERS = 3
_LEVEL_DB = -25.0
_WARM_UP = 3
_REMEDY = "Install it again: pip install --force-reinstall --no-deps resemblyzer"


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
        path = weights_path()
        network = cls()
        try:
            stored = torch.load(path, map_location="cpu", weights_only=True)["model_state"]
            network.load_state_dict({name: stored[name] for name in network.state_dict()})
        except (OSError, EOFError, UnpicklingError, RuntimeError, KeyError, TypeError) as error:
            reason = str(error).partition(". ")[0]
            raise PartMissingError(f"resemblyzer's weights in {path} cannot be read: {reason}", _REMEDY) from error
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


def weights_path() -> Path:
    """Where resemblyzer's weights lie; its code is not imported.

    Raises:
        PartMissingError: resemblyzer is not installed.
    """
    package = find_spec("resemblyzer")
    if package is None or not package.submodule_search_locations:
        raise PartMissingError(
            "telling voices apart needs the Python package 'resemblyzer'", "Install it: pip install resemblyzer"
        )
    return Path(package.submodule_search_locations[0]) / "pretrained.pt"


@cache
def weights_sha256() -> str:
    """Names the weights: vectors of other weights cannot be compared. Raises as `weights_path` does."""
    return hashlib.sha256(weights_path().read_bytes()).hexdigest()
