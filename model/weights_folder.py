"""A folder with weights: `model.safetensors`, and `card.json`, which says what they are and their hash."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from model.errors import CheckpointError

WEIGHTS: Final = "model.safetensors"
CARD: Final = "card.json"

_Card = TypeVar("_Card", bound=BaseModel)


def serialized(tensors: Mapping[str, Tensor]) -> tuple[bytes, str]:
    """The weights file's content, and its SHA-256."""
    weights = save_tensors({name: tensor.contiguous() for name, tensor in tensors.items()})
    return weights, hashlib.sha256(weights).hexdigest()


def write(folder: Path, weights: bytes, card: BaseModel) -> None:
    """Put both files into the folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / WEIGHTS, weights)
    _write(folder / CARD, (card.model_dump_json(indent=2) + "\n").encode())


def read_card(folder: Path, card: type[_Card], what: str, remedy: str) -> _Card:
    """The card, of this class.

    Args:
        folder: Where it lies.
        card: What it must be.
        what: What the folder should hold, for the message: `checkpoint`.
        remedy: What to do where it does not.

    Raises:
        CheckpointError: It is missing, or another card.
    """
    raw = _read(folder / CARD, what, remedy)
    try:
        return card.model_validate_json(raw)
    except ValidationError as error:
        raise refused_card(folder, error, remedy) from error


def refused_card(folder: Path, error: ValidationError, remedy: str, within: tuple[str, ...] = ()) -> CheckpointError:
    """The first complaint about a card, or about what stands `within` a field of it."""
    first = error.errors()[0]
    place = ".".join(map(str, (*within, *first["loc"]))) or "the file"
    return CheckpointError(f"{folder / CARD}: {place}: {first['msg']}", remedy)


def read_tensors(folder: Path, sha256: str, what: str, remedy: str) -> dict[str, Tensor]:
    """The weights by name, as they were saved. Raises as `read_card` does, and where they have another hash."""
    raw = _read(folder / WEIGHTS, what, remedy)
    if hashlib.sha256(raw).hexdigest() != sha256:
        raise CheckpointError(f"{folder / WEIGHTS} is corrupt: it is not the file its card describes", remedy)
    try:
        return load_tensors(raw)
    except SafetensorError as error:
        raise CheckpointError(f"{folder / WEIGHTS} is not a safetensors file", remedy) from error


def require_same(folder: Path, stored: Mapping[str, Tensor], wanted: Mapping[str, Tensor], remedy: str) -> None:
    """Raise CheckpointError unless both have the same names and shapes."""
    if {name: tensor.shape for name, tensor in stored.items()} != {name: t.shape for name, t in wanted.items()}:
        raise CheckpointError(f"{folder / WEIGHTS} holds other weights than its card describes", remedy)


def _read(path: Path, what: str, remedy: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"no {what}: {path} cannot be read ({error.strerror})", remedy) from error


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, so that an interrupted run leaves weights that load."""
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)
