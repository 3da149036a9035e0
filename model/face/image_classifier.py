"""Facial expression checkpoints of Hugging Face's `transformers`: ViT, BEiT, ConvNeXT, ResNet and their like.

Any checkpoint that `AutoModelForImageClassification` reads and whose labels name emotions. Those that bring code of
their own are not run.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from torch import Tensor
from torch.nn.functional import interpolate
from transformers import AutoConfig, AutoModelForImageClassification
from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES
from transformers.utils.logging import disable_progress_bar

from model.errors import CheckpointError
from model.evidence import EVIDENCE_WIDTH
from model.face.network import SIDE
from model.label_names import bounded, in_ekman_order, to_ekman

_PREPARATION: Final = "preprocessor_config.json"
_BICUBIC: Final = 3  # in the enumeration of Pillow
_MOST_PX: Final = 1024
_UNREADABLE: Final = (
    OSError, EOFError, ValueError, TypeError, KeyError, RuntimeError, AttributeError, ImportError, SafetensorError,
    UnpicklingError,
)  # fmt: skip
_ANOTHER: Final = "Choose a checkpoint that classifies faces by expression, with labels such as happy and sad"


class Preparation(BaseModel):
    """What a checkpoint's `preprocessor_config.json` does to a picture; what else stands there is about files."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    do_resize: bool = True
    size: int | dict[Literal["height", "width", "shortest_edge"], int] = 224
    resample: int = 2
    do_center_crop: bool = False
    crop_size: int | dict[Literal["height", "width"], int] = 224
    do_rescale: bool = True
    rescale_factor: float = Field(default=1 / 255, gt=0)
    do_normalize: bool = True
    image_mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    image_std: tuple[float, ...] = (0.5, 0.5, 0.5)

    def prepared(self, faces: Tensor, channels: int) -> Tensor:
        """(B, channels, S, S) of what the checkpoint reads for (B, 48, 48) grey values: done without torchvision."""
        pictures = faces[:, None].float()
        if self.do_resize:
            mode = "bicubic" if self.resample == _BICUBIC else "bilinear"
            side = _side(self.size)
            pictures = interpolate(pictures, (side, side), mode=mode, antialias=True).clamp(0, 255).round()
        if self.do_center_crop:
            edge = max(0, (pictures.shape[-1] - _side(self.crop_size)) // 2)
            pictures = pictures[:, :, edge : pictures.shape[-2] - edge, edge : pictures.shape[-1] - edge]
        pictures = pictures.expand(-1, channels, -1, -1)
        if self.do_rescale:
            pictures = pictures * self.rescale_factor
        if self.do_normalize:
            mean, std = (
                torch.tensor(each, device=faces.device)[:, None, None] for each in (self.image_mean, self.image_std)
            )
            pictures = (pictures - mean) / std
        return pictures


class ImageClassifier:
    """A network that reads the expression of faces. Computes with 32-bit floats wherever it runs.

    Args:
        model: The network, on its device.
        preparation: Makes of grey values what the network reads.
        places: Which place in `EKMAN_LABELS` each of its outputs has.
    """

    def __init__(self, model: Any, preparation: Preparation, places: Sequence[int | None]) -> None:  # noqa: ANN401 - of transformers
        self._model = model
        self._preparation = preparation
        self._places = places
        self._channels: int = getattr(model.config, "num_channels", 3)

    @classmethod
    def load(cls, folder: Path, device: torch.device) -> Self:
        """The checkpoint in a folder, warmed up; nothing is fetched, and no code in it is run.

        Args:
            folder: With `config.json`, `preprocessor_config.json` and the weights.
            device: Where it computes.

        Raises:
            CheckpointError: It cannot be read, is incomplete, is no classifier of pictures, or tells other emotions
                apart than `EKMAN_LABELS`.
        """
        disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
            places = _places(folder, config)
            preparation = _preparation(folder)
            model, found = AutoModelForImageClassification.from_pretrained(
                folder, config=config, local_files_only=True, dtype=torch.float32, output_loading_info=True
            )
            classifier = cls(model.to(device).eval(), preparation, places)
            classifier.read(np.zeros((1, SIDE, SIDE), np.uint8))
        except _UNREADABLE as error:
            said = f"{type(error).__name__}: {error}".strip().splitlines()[0][:200]
            raise CheckpointError(f"{folder} cannot be loaded as a face encoder ({said})", _ANOTHER) from error
        if missing := sorted(found["missing_keys"]):
            raise CheckpointError(
                f"{folder} lacks {len(missing)} parameters of a network that classifies pictures, such as {missing[0]}",
                _ANOTHER,
            )
        return classifier

    @torch.inference_mode()
    def read(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(B, 7) centred log-probabilities of `EKMAN_LABELS` for (B, 48, 48) grey values of upright faces.

        None is below `LEAST` before they are centred.
        """
        if not len(faces):
            return np.empty((0, EVIDENCE_WIDTH), np.float32)
        pictures = self._preparation.prepared(torch.from_numpy(faces).to(self._model.device), self._channels)
        logits: NDArray[np.float32] = self._model(pixel_values=pictures).logits.float().cpu().numpy()
        return bounded(in_ekman_order(logits, self._places))


def _side(size: int | dict[Any, int]) -> int:
    """The side of a square; raises ValueError where a checkpoint asks for anything else."""
    sides = {size} if isinstance(size, int) else set(size.values())
    if len(sides) != 1 or not 0 < max(sides) <= _MOST_PX:
        raise ValueError(f"it reads pictures of size {size}, not squares")
    return sides.pop()


def _places(folder: Path, config: Any) -> tuple[int | None, ...]:  # noqa: ANN401 - a class of transformers
    """What the outputs mean. Raises CheckpointError where they are no emotions."""
    if config.model_type not in MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES:
        raise CheckpointError(f"{folder} holds a model of kind {config.model_type!r}, not one that sees", _ANOTHER)
    return to_ekman([config.id2label[number] for number in range(config.num_labels)])


def _preparation(folder: Path) -> Preparation:
    path = folder / _PREPARATION
    try:
        return Preparation.model_validate(json.loads(path.read_text()))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise CheckpointError(f"{path}: {place}: {first['msg']}", _ANOTHER) from error
