"""The face encoder `compact`: a small convolutional network that was trained by us and comes with undertone."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from model.config import Config
from model.face import weights
from model.face.network import LABELS, SIDE, FaceNetwork
from model.label_names import in_ekman_order, to_ekman

_WARM_UP = 3
_PLACES = to_ekman(LABELS)


class Settings(Config):
    """Which weights."""

    checkpoint: Path | None = Field(
        default=None, description="Folder with the encoder's weights; null takes the shipped ones."
    )


def create(settings: Settings) -> "Compact":
    """The encoder for these settings; nothing is loaded yet."""
    return Compact(settings)


class Compact:
    """`model.face.network` for reading only: batch normalisations folded in, each face read with its mirror image.

    Args:
        settings: Which weights.
    """

    _network: FaceNetwork

    def __init__(self, settings: Settings) -> None:
        given = settings.checkpoint
        self._folder = weights.SHIPPED if given is None else given.expanduser()

    def open(self) -> None:
        """Load the network and warm it up.

        Raises:
            CheckpointError: Its weights are missing, damaged, or of something else.
        """
        network, _ = weights.load(self._folder)
        self._network = network.folded()
        for _ in range(_WARM_UP):
            self.read(np.zeros((1, SIDE, SIDE), np.uint8))

    def read(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(B, 7) centred log-probabilities of `EKMAN_LABELS` for (B, 48, 48) grey values of upright faces."""
        if not len(faces):
            return np.empty((0, len(LABELS)), np.float32)
        return in_ekman_order(self._network.read(torch.from_numpy(faces)).numpy(), _PLACES)
