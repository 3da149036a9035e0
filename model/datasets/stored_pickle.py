"""Pickles from outside, read without running anything that stands in them.

A pickle names the functions that rebuild what it holds, and `pickle.load` calls whatever it names. Here a name is
either one of the few below or refused. Arrays of numpy are rebuilt by this module from their bytes: numpy's own
functions believe what a file says about memory. A file made to use up memory is not recognised.
"""

import math
import pickle
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, overload

import numpy as np

from model.errors import DataError

_BROKEN = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What unpickling raises for a stream that is cut off or garbled."""


def load(file: BinaryIO, path: Path, remedy: str) -> object:
    """The value in a pickle: built-in containers, texts, numbers, and arrays as `StoredArray`.

    Args:
        file: Open where the pickle begins.
        path: What errors call it.
        remedy: What to do about a broken or foreign file.

    Raises:
        DataError: It is broken, or names anything else.
    """
    try:
        value: object = _Unpickler(file, encoding="latin1").load()
    except _BROKEN as error:
        raise DataError(f"{path}: no pickle of plain values: {str(error) or type(error).__name__}", remedy) from error
    return value


class StoredArray(Sequence[object]):
    """An array of numpy as a pickle holds it: the elements along its first axis, rebuilt when first asked for.

    An array without axes is read as one element.
    """

    def __init__(self, *_: object) -> None:
        self._shape: tuple[int, ...] = (0,)
        self._order: str = "C"
        self._content: list[object] | np.ndarray = []

    def __setstate__(self, state: object) -> None:
        match state:
            case (_, tuple() as shape, _StoredType() as dtype, bool() | int() as fortran, raw):
                self._fill(raw, dtype, shape, "F" if fortran else "C")
            case _:
                raise pickle.UnpicklingError("an array in an unknown form")

    @overload
    def __getitem__(self, index: int) -> object: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[object]: ...
    def __getitem__(self, index: int | slice) -> object:
        return self._elements[index]

    def __len__(self) -> int:
        return self._shape[0] if self._shape else 1

    @cached_property
    def _elements(self) -> list[object]:
        if isinstance(self._content, list):
            return self._content
        values: object = self._content.reshape(self._shape, order="F" if self._order == "F" else "C").tolist()
        return values if isinstance(values, list) else [values]

    def _fill(self, raw: object, dtype: "_StoredType", shape: tuple[object, ...], order: str) -> None:
        sizes = tuple(size for size in shape if isinstance(size, int) and size >= 0)
        count = math.prod(sizes)
        content = raw if dtype.holds_objects else np.frombuffer(_as_bytes(raw), dtype.of_numbers())
        if not isinstance(content, list | np.ndarray) or len(sizes) != len(shape) or len(content) != count:
            raise pickle.UnpicklingError("an array whose content does not fit its shape")
        if dtype.holds_objects and len(shape) > 1:
            raise pickle.UnpicklingError("an array of objects with several axes")
        self._shape, self._order, self._content = sizes, order, content


class _StoredType:
    """What an array holds, as its pickle says it: a code such as `f8`, and the order of bytes."""

    _NUMBERS = re.compile(r"b1|[iu][1248]|f[248]")

    def __init__(self, code: object, *_: object) -> None:
        self._code = str(code)
        self._byte_order = "="

    def __setstate__(self, state: object) -> None:
        match state:
            case (_, "<" | ">" | "|" | "=" as order, *_):
                self._byte_order = order
            case _:
                raise pickle.UnpicklingError("an array of an unknown type")

    @property
    def holds_objects(self) -> bool:
        return self._code in ("O", "O4", "O8")

    def of_numbers(self) -> np.dtype:
        if not self._NUMBERS.fullmatch(self._code):
            raise pickle.UnpicklingError(f"an array of {self._code!r}, which are neither numbers nor objects")
        return np.dtype(self._byte_order + self._code)


def _as_bytes(raw: object) -> bytes:
    # Python 2 stored bytes as texts, which come back as Latin-1.
    if isinstance(raw, str):
        return raw.encode("latin1")
    if isinstance(raw, bytes | bytearray):
        return bytes(raw)
    raise pickle.UnpicklingError("an array without bytes")


def _array_of_buffer(raw: object, dtype: object, shape: object, order: object) -> StoredArray:
    array = StoredArray()
    array.__setstate__((1, shape, dtype, order == "F", raw))
    return array


def _scalar(dtype: object, raw: object) -> object:
    return _array_of_buffer(raw, dtype, (), "C")[0]


def _latin_bytes(text: str, encoding: str) -> bytes:
    # How protocols before 3 store bytes.
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"bytes as {encoding!r}")
    return text.encode("latin1")


_NUMPY: Mapping[tuple[str, str], Callable[..., object]] = {
    ("multiarray", "_reconstruct"): StoredArray,
    ("multiarray", "scalar"): _scalar,
    ("numeric", "_frombuffer"): _array_of_buffer,
}

_KNOWN: Mapping[tuple[str, str], Callable[..., object]] = {
    ("builtins", "set"): set,
    ("builtins", "frozenset"): frozenset,
    ("__builtin__", "set"): set,
    ("__builtin__", "frozenset"): frozenset,
    ("_codecs", "encode"): _latin_bytes,
    ("numpy", "ndarray"): StoredArray,
    ("numpy", "dtype"): _StoredType,
    **{
        (f"numpy.{core}.{module}", name): function
        for core in ("core", "_core")
        for (module, name), function in _NUMPY.items()
    },
}
"""All a pickle may name. numpy moved its `core` to `_core` in version 2."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Callable[..., object]:
        if (module, name) not in _KNOWN:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which could run code")
        return _KNOWN[module, name]
