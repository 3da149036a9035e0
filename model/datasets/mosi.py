"""CMU-MOSI as vectors: opinions on films, segments of videos in words, voice and face; each favourable or not.

An `.npz` of `train_text` (n, 100), `train_audio` (n, 73), `train_video` (n, 100), `train_y` (n,) 0 or 1, and the same
as `test_…`. The three are aligned: they are of the same moment of the same person. Which video a segment is of is not
said; within a label, neighbours are of the same one. Whoever extracted the vectors of the training part knew its labels
(words alone: 0.97 on a part of it that was held out, 0.75 on test): only test says how well something does.
"""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.errors import DataError
from model.modality import Modality

LABELS: Final = ("unfavourable", "favourable")
"""In the order of `train_y` and `test_y`."""

_HELD_OUT: Final = 10  # every so many segments of training, one is for dev
_REMEDY: Final = "Give an .npz with train_ and test_ text, audio, video and y"


@dataclass(frozen=True, slots=True)
class Segments:
    """Segments of videos.

    Attributes:
        features: Per modality, (N, F) float32 as they were extracted.
        labels: (N,) index into `LABELS`.
    """

    features: Mapping[Modality, NDArray[np.float32]]
    labels: NDArray[np.int64]

    def chosen(self, rows: NDArray[np.int64]) -> "Segments":
        """Some of them."""
        return Segments({modality: values[rows] for modality, values in self.features.items()}, self.labels[rows])


@dataclass(frozen=True, slots=True)
class Mosi:
    """The set.

    Attributes:
        train: What to learn from.
        dev: What to select by: the last tenth of each label of the published training part, so that few videos are in
            both.
        test: As published.
    """

    train: Segments
    dev: Segments
    test: Segments


def load(path: Path) -> Mosi:
    """The set with a dev part.

    Raises:
        DataError: The file cannot be read, or is something else.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            published, test = _segments(arrays, "train", path), _segments(arrays, "test", path)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: not MOSI's vectors ({error})", _REMEDY) from error
    held_out = _held_out(published.labels)
    rest = np.setdiff1d(np.arange(len(published.labels)), held_out)
    return Mosi(published.chosen(rest), published.chosen(held_out), test)


def _held_out(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The last rows of each label, a tenth of them."""
    rows = [(labels == label).nonzero()[0] for label in range(len(LABELS))]
    return np.concatenate([of[len(of) - len(of) // _HELD_OUT :] for of in rows])


def _segments(arrays: Mapping[str, NDArray[np.float32]], part: str, path: Path) -> Segments:
    features = {modality: arrays[f"{part}_{modality}"].astype(np.float32) for modality in Modality}
    labels = arrays[f"{part}_y"].astype(np.int64)
    for modality, values in features.items():
        if values.shape[:-1] != labels.shape or not np.isfinite(values).all():
            raise DataError(f"{path}: {part}_{modality} is not one finite vector for each of {part}_y", _REMEDY)
    if set(labels.tolist()) != set(range(len(LABELS))):
        raise DataError(f"{path}: {part}_y must have 0 and 1 and nothing else", _REMEDY)
    return Segments(features, labels)
