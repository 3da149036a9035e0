"""Arrays with a label for every row, in one `.npz` file: `x` and `y`, or pairs such as `val_x` and `val_y`.

The file may name its classes (`classes`, text, in the order of the labels' numbers). Nothing that is pickled is read.
"""

import math
import tokenize
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from model.errors import DataError

REMEDY: Final = "Give an .npz file with the arrays x and y, or with one pair such as val_x and val_y"

TRAIN: Final = "train"
"""The pair to learn from; where one other lies beside it, that other one is what is measured on."""

_LARGEST_BYTES: Final = 2**30
_CLASSES: Final = "classes"
_BROKEN: Final = (
    OSError,
    EOFError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,  # a way of packing that Python does not know
    RuntimeError,  # a password is needed
    tokenize.TokenError,  # a header that is no Python literal
)


@dataclass(frozen=True, slots=True)
class LabelledArrays:
    """One pair of a file.

    Attributes:
        path: The file, for messages.
        split: What the pair is called, such as `val`; empty for `x` and `y`.
        x: (N, …) numbers, as stored.
        y: (N,) whole numbers, as stored.
        classes: What the numbers in `y` stand for, in order; None where the file does not say.
    """

    path: Path
    split: str
    x: NDArray[Any]
    y: NDArray[np.integer]
    classes: tuple[str, ...] | None

    def error(self, problem: str) -> DataError:
        """A complaint that names the file and the pair."""
        return DataError(f"{self.path}: {_named(self.split, 'x')} and {_named(self.split, 'y')}: {problem}", REMEDY)


def load(path: Path, split: str | None = None) -> LabelledArrays:
    """One pair of a file.

    Args:
        path: The file.
        split: Which pair; None: the only one, or the one beside `train`.

    Raises:
        DataError: The file cannot be read, is larger than 1 GiB unpacked, has no such pair, or several to choose from;
            or its labels are no whole numbers, one a row.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            chosen = _chosen(path, splits(path), split)
            classes = _classes(path, archive)
            x, y = (_array(path, archive, _named(chosen, name)) for name in "xy")
    except FileNotFoundError as error:
        raise DataError(f"there is no file {path}", REMEDY) from error
    except _BROKEN as error:
        raise _unreadable(path, error) from error
    pair = LabelledArrays(path, chosen, x, y, classes)
    if y.dtype.kind not in "iu" or y.ndim != 1:
        raise pair.error(f"labels are {y.dtype} {y.shape} where whole numbers (N,) are needed")
    if x.ndim == 0 or len(x) != len(y):
        raise pair.error(f"{len(y)} labels for x of shape {x.shape}")
    if not len(y):
        raise pair.error("nothing is in them")
    return pair


def splits(path: Path) -> tuple[str, ...]:
    """The names of the pairs in a file, in order: `val` for `val_x` and `val_y`, empty for `x` and `y`.

    Raises:
        DataError: The file cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")}
    except FileNotFoundError as error:
        raise DataError(f"there is no file {path}", REMEDY) from error
    except _BROKEN as error:
        raise _unreadable(path, error) from error
    found = {name[:-1].removesuffix("_") for name in names if name == "x" or name.endswith("_x")}
    return tuple(sorted(split for split in found if _named(split, "y") in names))


def _unreadable(path: Path, error: Exception) -> DataError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    return DataError(f"{path} cannot be read as an .npz file: {reason}", REMEDY)


def _chosen(path: Path, found: Iterable[str], split: str | None) -> str:
    found = tuple(found)
    if split is not None:
        if split not in found:
            raise DataError(f"{path} has no arrays {_named(split, 'x')} and {_named(split, 'y')}", REMEDY)
        return split
    others = tuple(name for name in found if name != TRAIN) or found
    if len(others) != 1:
        held = ", ".join(_named(name, "x") for name in others) or "no such pair"
        raise DataError(f"{path} has to hold one pair to measure on; it holds {held}", REMEDY)
    return others[0]


def _named(split: str, name: str) -> str:
    return f"{split}_{name}" if split else name


def _classes(path: Path, archive: zipfile.ZipFile) -> tuple[str, ...] | None:
    if f"{_CLASSES}.npy" not in archive.namelist():
        return None
    names = _array(path, archive, _CLASSES)
    if names.ndim != 1 or names.dtype.kind not in "US":
        raise DataError(f"{path}: {_CLASSES} is no list of names", REMEDY)
    return tuple(names.astype(str).tolist())


def _array(path: Path, archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """An array whose header was read first: what it asks for is not given blindly."""
    with archive.open(f"{name}.npy") as file:
        shape, dtype = _header(file)
    if dtype.hasobject:
        raise DataError(f"{path}: {name} holds pickled objects, which are not read", REMEDY)
    if math.prod(shape) * dtype.itemsize > _LARGEST_BYTES:
        raise DataError(f"{path}: {name} has shape {shape}, which is more than 1 GiB", "Measure on a part of it")
    with archive.open(f"{name}.npy") as file:
        values: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    return values


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    return shape, dtype
