"""A trained voice or face encoder on disk: `model.safetensors`, its weights, and `card.json`, where they come from."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import torch
from pydantic import Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from model.checkpoint import DataTerms
from model.config import Config
from model.errors import CheckpointError

_WEIGHTS: Final = "model.safetensors"
_CARD: Final = "card.json"
_REMEDY: Final = (
    "Take the folder again from where it came from, or leave the setting away to use the one that is built in"
)

_Settings = TypeVar("_Settings", bound=Config)

Reads = Literal["voice", "face"]
"""What an encoder listens to or looks at."""


class EncoderCard(Config):
    """Everything about the weights of an encoder that is not a weight."""

    format: Literal[1] = Field(1, description="Version of this format.")
    reads: Reads = Field(description="What the encoder listens to or looks at.")
    what: str = Field(description="One sentence: what the encoder is.")
    labels: tuple[str, ...] = Field(min_length=1, description="What its outputs mean, in their order.")
    settings: dict[str, Any] = Field(description="Sizes of the network, as its own settings have them.")
    data: tuple[DataTerms, ...] = Field(min_length=1, description="What the network was made from.")
    seed: int = Field(description="Seed of the run.")
    figures: dict[str, Any] = Field(description="What was measured, by name.")
    training: dict[str, Any] = Field(description="Settings of the run.")
    weights_sha256: str = Field("", description="Hash of the weights file; set when saving.")


def save(folder: Path, tensors: Mapping[str, Tensor], card: EncoderCard) -> None:
    """Write the weights of an encoder, as they are, and its card."""
    weights = save_tensors({name: tensor.contiguous() for name, tensor in tensors.items()})
    complete = card.model_copy(update={"weights_sha256": hashlib.sha256(weights).hexdigest()})
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / _WEIGHTS, weights)
    _write(folder / _CARD, (complete.model_dump_json(indent=2) + "\n").encode())


def load(folder: Path, reads: Reads) -> tuple[dict[str, Tensor], EncoderCard]:
    """The weights of an encoder by name, as they were saved, and their card.

    Raises:
        CheckpointError: It is missing, truncated, corrupt, of another format, or reads something else.
    """
    card = read_card(folder)
    if card.reads != reads:
        raise CheckpointError(f"{folder} reads a {card.reads}, not a {reads}", _REMEDY)
    raw = _read(folder / _WEIGHTS)
    if hashlib.sha256(raw).hexdigest() != card.weights_sha256:
        raise CheckpointError(f"{folder / _WEIGHTS} is corrupt: it is not the file its card describes", _REMEDY)
    try:
        return load_tensors(raw), card
    except SafetensorError as error:
        raise CheckpointError(f"{folder / _WEIGHTS} is not a safetensors file", _REMEDY) from error


def read_card(folder: Path) -> EncoderCard:
    """The card of an encoder. Raises as `load` does."""
    raw = _read(folder / _CARD)
    try:
        return EncoderCard.model_validate_json(raw)
    except ValidationError as error:
        raise _refused(folder, error) from error


def read_settings(folder: Path, card: EncoderCard, settings: type[_Settings]) -> _Settings:
    """The sizes of the network that a card tells. Raises as `load` does."""
    try:
        return settings.model_validate(card.settings)
    except ValidationError as error:
        raise _refused(folder, error, "settings.") from error


def stored(module: nn.Module) -> dict[str, Tensor]:
    """The tensors of a module as they are kept: what was learned in float16, what normalises as it is."""
    measured = {name for name, _ in module.named_buffers()}
    return {name: tensor if name in measured else tensor.half() for name, tensor in module.state_dict().items()}


def fill(module: nn.Module, tensors: Mapping[str, Tensor], folder: Path) -> None:
    """Put stored tensors into a module, in its own precision.

    Args:
        module: What they belong to.
        tensors: What `load` gave.
        folder: Where they came from, for the message.

    Raises:
        CheckpointError: They belong to something else.
    """
    wanted = module.state_dict()
    if {name: t.shape for name, t in tensors.items()} != {name: t.shape for name, t in wanted.items()}:
        raise CheckpointError(f"{folder / _WEIGHTS} holds other weights than its card describes", _REMEDY)
    with torch.no_grad():
        for name, tensor in wanted.items():
            tensor.copy_(tensors[name])


def _refused(folder: Path, error: ValidationError, within: str = "") -> CheckpointError:
    first = error.errors()[0]
    place = within + (".".join(map(str, first["loc"])) or "the file")
    return CheckpointError(f"{folder / _CARD}: {place}: {first['msg']}", _REMEDY)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"no encoder: {path} cannot be read ({error.strerror})", _REMEDY) from error


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, so that an interrupted run leaves an encoder that loads."""
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)
