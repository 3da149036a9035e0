"""The pictures of a training of the face network, dealt to its runs."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray

from model.datasets import fer2013
from model.datasets.fer2013 import Faces
from model.training.face.settings import FaceTrainSettings


@dataclass(frozen=True, slots=True)
class Material:
    """Pictures to learn from, each in one part, and pictures that no run learns from.

    Attributes:
        train: N pictures.
        dev: Those that nobody sees.
        part: (N,) the part of each picture of `train`, from 0.
    """

    train: Faces
    dev: Faces
    part: NDArray[np.int64]

    @classmethod
    def read(cls, settings: FaceTrainSettings) -> Self:
        """The pictures that settings name.

        Raises:
            DataError: They cannot be read.
        """
        train = fer2013.load(settings.data, settings.train)
        chance = torch.Generator().manual_seed(settings.fold_seed)
        part = torch.randperm(len(train.pixels), generator=chance) % settings.folds
        return cls(train, fer2013.load(settings.data, settings.dev), part.numpy())

    def unseen(self, seed: int) -> NDArray[np.bool_]:
        """(N,) which pictures of `train` the run of a seed does not learn from; the first seed is 1."""
        return np.asarray(self.part == (seed - 1) % (self.part.max() + 1))
