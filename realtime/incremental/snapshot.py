"""One conversation of the engine as bytes, and back: what its rings hold, who spoke, and what was said."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from model.analysis import CauseResult, EmotionResult
from model.errors import CheckpointError
from model.networks.mtml import MTML

_FORMAT = 1
_REMEDY = "Read the conversation's last utterances again, with the weights that are loaded now"


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is remembered of a conversation beside its rings.

    Attributes:
        network: Digest of the network that read it, as `digest` gives it.
        read: How many utterances were read.
        finished: Whether everything about it was said.
        names: Per speaker who is still remembered: name, number, last utterance.
        emotions: Emotions that can still change, or name links that can.
        causes: Causes that can still change.
        format: Version of this layout.
    """

    network: str
    read: int
    finished: bool
    names: Sequence[tuple[str, int, int]]
    emotions: Sequence[EmotionResult]
    causes: Sequence[CauseResult]
    format: int = _FORMAT


_SPOKEN = TypeAdapter(Spoken)


def digest(network: MTML) -> str:
    """SHA-256 over a network's settings and parameters: rings mean nothing to any other."""
    told = hashlib.sha256(network.settings.model_dump_json().encode())
    for name, tensor in sorted(network.state_dict().items()):
        told.update(name.encode())
        told.update(tensor.detach().cpu().contiguous().numpy().data)
    return told.hexdigest()


def to_bytes(features: Tensor, speakers: Tensor, spoken: Spoken) -> bytes:
    """A conversation as bytes, in the format of safetensors.

    Args:
        features: (F,) the conversation's rings.
        speakers: (U,) who spoke.
        spoken: All else.
    """
    told = torch.frombuffer(bytearray(_SPOKEN.dump_json(spoken)), dtype=torch.uint8)
    return save({"features": features.cpu().contiguous(), "speakers": speakers.cpu().contiguous(), "spoken": told})


def from_bytes(saved: bytes, like: tuple[Tensor, Tensor], network: str) -> tuple[Tensor, Tensor, Spoken]:
    """What `to_bytes` was given.

    Args:
        saved: The bytes.
        like: Rings and speakers of the same shapes.
        network: Digest of the network that is to go on.

    Raises:
        CheckpointError: The bytes are not a conversation, are of another version, or of another network.
    """
    try:
        tensors = load(saved)
        features, speakers, told = (tensors[name] for name in ("features", "speakers", "spoken"))
        spoken = _SPOKEN.validate_json(told.numpy().tobytes())
    except (SafetensorError, KeyError, ValidationError) as error:
        raise CheckpointError("these bytes are not a saved conversation", _REMEDY) from error
    if spoken.format != _FORMAT:
        raise CheckpointError(f"this conversation was saved in format {spoken.format}, not {_FORMAT}", _REMEDY)
    if spoken.network != network or [features.shape, speakers.shape] != [tensor.shape for tensor in like]:
        raise CheckpointError("this conversation was read by another network", _REMEDY)
    return features, speakers, spoken
