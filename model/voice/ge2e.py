"""The weights of resemblyzer, a network that knows people by their voice; two of ours read its layers.

GE2E speaker encoder: Wan et al., "Generalized End-to-End Loss for Speaker Verification",
https://arxiv.org/abs/1710.10467; code and weights https://github.com/resemble-ai/Resemblyzer. Only the weights are
read: importing the library costs seconds, and its first call, which compiles librosa, 20 s.
"""

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from pickle import UnpicklingError
from typing import Final

import torch
from torch import Tensor, nn

from model.errors import PartMissingError

STATE: Final = 256
"""Numbers in the state of each of its layers."""

_REMEDY = "Install it again: pip install --force-reinstall --no-deps resemblyzer"


def load_into(network: nn.Module) -> None:
    """Give a network the weights that have its parameters' names; what it does not have is left out.

    Raises:
        PartMissingError: resemblyzer is not installed, or its weights are not what they should be.
    """
    path = weights_path()
    try:
        stored: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)["model_state"]
        network.load_state_dict({name: stored[name] for name in network.state_dict()})
    except (OSError, EOFError, UnpicklingError, RuntimeError, KeyError, TypeError) as error:
        reason = str(error).partition(". ")[0]
        raise PartMissingError(f"resemblyzer's weights in {path} cannot be read: {reason}", _REMEDY) from error


def weights_path() -> Path:
    """Where resemblyzer's weights lie; its code is not imported.

    Raises:
        PartMissingError: resemblyzer is not installed.
    """
    package = find_spec("resemblyzer")
    if package is None or not package.submodule_search_locations:
        raise PartMissingError(
            "hearing who speaks, and how, needs the Python package 'resemblyzer'", "Install it: pip install resemblyzer"
        )
    return Path(package.submodule_search_locations[0]) / "pretrained.pt"


@cache
def weights_sha256() -> str:
    """Names the weights: what others make of a voice cannot be compared. Raises as `weights_path` does."""
    return hashlib.sha256(weights_path().read_bytes()).hexdigest()
