"""The face encoder held against pictures of faces it has not seen."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from model.datasets import fer2013
from model.datasets.fer2013 import Faces
from model.encoder_checkpoint import EncoderCard
from model.evaluation.classification import Classification, Measured, Progress, figures, report
from model.face import weights
from model.face.network import LABELS, FaceNetwork

_BATCH = 128


def evaluate(
    data: Path, checkpoint: Path = weights.SHIPPED, progress: Progress = lambda _done, _total: None
) -> Classification:
    """Measure a checkpoint on an `.npz` file of faces.

    Args:
        data: As `fer2013.load` reads it.
        checkpoint: Folder of the weights.
        progress: Told how many faces are read.

    Raises:
        DataError: The file cannot be read as faces with labels.
        CheckpointError: The weights cannot be read.
    """
    return measure(data.name, fer2013.load(data), *weights.load(checkpoint), progress)


def measure(
    data: str, faces: Faces, network: FaceNetwork, card: EncoderCard, progress: Progress = lambda _done, _total: None
) -> Classification:
    """The same for faces and a network at hand."""
    said = read(network.folded(), faces.pixels, progress).argmax(1)
    asked = Measured(part="face", data=data, set="FER2013", split=faces.split)
    return report(figures(LABELS, faces.labels, said), asked, card)


def read(
    network: FaceNetwork, pixels: NDArray[np.uint8], progress: Progress = lambda _done, _total: None
) -> NDArray[np.float32]:
    """What a network in evaluation mode says of N faces.

    Args:
        network: Reads them.
        pixels: (N, 48, 48) grey.
        progress: Told how many are read.

    Returns:
        (N, 7) logits of `LABELS`.
    """
    said = []
    for first in range(0, len(pixels), _BATCH):
        said.append(network.read(torch.from_numpy(pixels[first : first + _BATCH])).float().numpy())
        progress(min(first + _BATCH, len(pixels)), len(pixels))
    return np.concatenate(said)
