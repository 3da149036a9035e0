"""FER2013: faces of 48 by 48 grey pixels, each with one of seven emotions (Goodfellow et al. 2013).

Read from an `.npz` file whose labels count `CLASSES`, or the names it gives itself.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.datasets import labelled_arrays
from model.datasets.labelled_arrays import LabelledArrays

CLASSES: Final = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The emotions as the set names them, in the order of its numbers."""

LABELS: Final = ("anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral")
"""The same as undertone names them."""

SIDE: Final = 48
"""Pixels of a face, each way."""

_SHAPE: Final = (SIDE, SIDE)


@dataclass(frozen=True, slots=True)
class Faces:
    """Pictures of faces with their emotions.

    Attributes:
        split: What they are called in their file, such as `val`; empty where they are just `x` and `y`.
        pixels: (N, 48, 48) uint8, grey.
        labels: (N,) int64, places in `LABELS`.
    """

    split: str
    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]


def load(path: Path, split: str | None = None) -> Faces:
    """The faces of one pair of arrays.

    Args:
        path: The `.npz` file.
        split: Which pair, such as `train` for `train_x` and `train_y`; None: the only one, or the one beside `train`.

    Raises:
        DataError: The file cannot be read or has no such pair, its pictures are not grey, of 48 by 48 pixels and
            uint8, or its labels stand for something else.
    """
    arrays = labelled_arrays.load(path, split)
    if arrays.x.dtype != np.uint8 or arrays.x.shape[1:] not in {_SHAPE, (1, *_SHAPE), (*_SHAPE, 1)}:
        raise arrays.error(f"pictures are {arrays.x.dtype} {arrays.x.shape} where uint8 (N, {SIDE}, {SIDE}) is needed")
    places = _places(arrays)
    if arrays.y.min() < 0 or arrays.y.max() >= len(places):
        raise arrays.error(f"labels go from {arrays.y.min()} to {arrays.y.max()}, but there are {len(places)} classes")
    return Faces(arrays.split, arrays.x.reshape(-1, *_SHAPE), places[arrays.y])


def _places(arrays: LabelledArrays) -> NDArray[np.int64]:
    """Where in `LABELS` each of a file's classes is."""
    names = CLASSES if arrays.classes is None else arrays.classes
    known = dict(zip(CLASSES, range(len(CLASSES)), strict=True)) | {name: i for i, name in enumerate(LABELS)}
    if unknown := [name for name in names if name not in known]:
        raise arrays.error(f"unknown class {unknown[0]!r}; the classes are {', '.join(CLASSES)}")
    places = [known[name] for name in names]
    if len(set(places)) < len(places) or not places:
        raise arrays.error("expected each class once")
    return np.array(places, np.int64)
