"""A trained voice or face encoder on disk: `model.safetensors`, its weights, and `card.json`, where they come from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import torch
from pydantic import Field, ValidationError
from torch import Tensor, nn

from model import weights_folder
from model.checkpoint import DataTerms
from model.config import Config
from model.errors import CheckpointError

_WHAT: Final = "encoder"
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
    weights, sha256 = weights_folder.serialized(tensors)
    weights_folder.write(folder, weights, card.model_copy(update={"weights_sha256": sha256}))


def load(folder: Path, reads: Reads) -> tuple[dict[str, Tensor], EncoderCard]:
    """The weights of an encoder by name, as they were saved, and their card.

    Raises:
        CheckpointError: It is missing, truncated, corrupt, of another format, or reads something else.
    """
    card = read_card(folder)
    if card.reads != reads:
        raise CheckpointError(f"{folder} reads a {card.reads}, not a {reads}", _REMEDY)
    return weights_folder.read_tensors(folder, card.weights_sha256, _WHAT, _REMEDY), card


def read_card(folder: Path) -> EncoderCard:
    """The card of an encoder. Raises as `load` does."""
    return weights_folder.read_card(folder, EncoderCard, _WHAT, _REMEDY)


def read_settings(folder: Path, card: EncoderCard, settings: type[_Settings]) -> _Settings:
    """The sizes of the network that a card tells. Raises as `load` does."""
    try:
        return settings.model_validate(card.settings)
    except ValidationError as error:
        raise weights_folder.refused_card(folder, error, _REMEDY, ("settings",)) from error


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
    weights_folder.require_same(folder, tensors, wanted, _REMEDY)
    with torch.no_grad():
        for name, tensor in wanted.items():
            tensor.copy_(tensors[name])
