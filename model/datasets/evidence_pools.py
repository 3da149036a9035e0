"""Pools of evidence: what an encoder said of clips of people whom it had not seen, with how they felt.

A pool is an `.npz` of `features` (N, 7) float32, `labels` (N,) from `EKMAN_LABELS`, `people` (N,) and `part` (N,):
`train`, or `dev` for people from whom nothing at all was learned.
"""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from model.emotions import EKMAN_LABELS
from model.errors import DataError
from model.evidence import EVIDENCE_WIDTH

Part = Literal["train", "dev"]

_ARRAYS: Final = ("features", "labels", "people", "part")
_REMEDY: Final = "Give an .npz with features (N, 7), labels, people and part, as the training of an encoder writes it"


@dataclass(frozen=True, slots=True)
class Pool:
    """Clips of several people, all of one part.

    Attributes:
        features: (N, 7) float32, one row a clip.
        spread: (7,) standard deviation of the features.
        clips: Per person, and per index of `EKMAN_LABELS`, the rows of that person's clips. Where nobody shows more
            than one label, nobody can be cast by themselves: all clips are then one person's.
    """

    features: NDArray[np.float32]
    spread: NDArray[np.float32]
    clips: Mapping[str, Mapping[int, NDArray[np.int64]]]

    @property
    def people(self) -> tuple[str, ...]:
        """Who can be cast, in a fixed order."""
        return tuple(self.clips)


def load(path: Path, part: Part) -> Pool:
    """The clips of one part of a pool.

    Raises:
        DataError: The file cannot be read, is something else, or has nothing of that part.
    """
    features, labels, people, parts = _read(path)
    if features.ndim != 2 or features.shape[1] != EVIDENCE_WIDTH or not np.isfinite(features).all():  # noqa: PLR2004 - rows and columns
        raise DataError(f"{path}: features are {features.shape} and must be finite (N, {EVIDENCE_WIDTH})", _REMEDY)
    if {len(each) for each in (labels, people, parts)} != {len(features)}:
        raise DataError(f"{path}: its arrays differ in length", _REMEDY)
    if unknown := set(labels.tolist()) - set(EKMAN_LABELS):
        raise DataError(f"{path}: unknown labels {sorted(unknown)}", f"Known are {', '.join(EKMAN_LABELS)}")
    chosen = (parts == part).nonzero()[0]
    if not chosen.size:
        raise DataError(f"{path}: nobody is in its part {part!r}", _REMEDY)
    rows = features[chosen].astype(np.float32)
    return Pool(rows, rows.std(0), _by_person(labels[chosen], people[chosen]))


def _read(path: Path) -> tuple[NDArray[np.float32], NDArray[np.str_], NDArray[np.str_], NDArray[np.str_]]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            features, labels, people, parts = (arrays[name] for name in _ARRAYS)
    except (OSError, ValueError, KeyError, AttributeError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: not a pool of evidence ({error})", _REMEDY) from error
    return features, labels.astype(np.str_), people.astype(np.str_), parts.astype(np.str_)


def _by_person(labels: NDArray[np.str_], people: NDArray[np.str_]) -> dict[str, dict[int, NDArray[np.int64]]]:
    kinds = len(EKMAN_LABELS)
    names, person = np.unique(people, return_inverse=True)
    label = np.array([EKMAN_LABELS.index(each) for each in labels])
    if len(np.unique(person * kinds + label)) == len(names):
        names, person = np.array(["anyone"]), np.zeros_like(person)
    shown = person * kinds + label
    order = shown.argsort(kind="stable")
    found, starts = np.unique(shown[order], return_index=True)
    clips: dict[str, dict[int, NDArray[np.int64]]] = {str(name): {} for name in names}
    for each, rows in zip(found.tolist(), np.split(order, starts[1:]), strict=True):
        clips[str(names[each // kinds])][each % kinds] = rows
    return clips
