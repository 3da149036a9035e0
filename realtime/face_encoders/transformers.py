"""The face encoder `transformers`: any large network for facial expressions that Hugging Face's library reads."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from model.config import Config
from model.errors import PartMissingError
from realtime.recognition.hub_cache import hub_folder

if TYPE_CHECKING:
    from model.face.image_classifier import ImageClassifier

_SETTING: Final = "face_encoder"


class Settings(Config):
    """Which network, and where it computes."""

    model: str = Field(
        min_length=1,
        description="The name of a model on the Hugging Face Hub that was fetched before, owner/name, or a path to a "
        "folder. Its labels must be the six emotions and neutral, under whatever of their names.",
    )
    device: str = Field(
        default="auto",
        pattern=r"^(auto|cpu|cuda(:\d+)?)$",
        description="What computes: auto (a GPU where there is one), cpu, cuda, or one of several: cuda:1.",
    )


def create(settings: Settings) -> "TransformersFaceEncoder":
    """The encoder for these settings; nothing is loaded yet.

    Raises:
        PartMissingError: The network's weights are not on this machine.
    """
    return TransformersFaceEncoder(settings)


class TransformersFaceEncoder:
    """A network that reads every face of every picture: on a CPU it is for few pictures a second.

    Args:
        settings: Which network, and where it computes.

    Raises:
        PartMissingError: The network's weights are not on this machine.
    """

    _classifier: "ImageClassifier"

    def __init__(self, settings: Settings) -> None:
        self._folder = _folder(settings.model)
        self._device = settings.device

    def open(self) -> None:
        """Load the network and warm it up.

        Raises:
            CheckpointError: The weights are damaged, or no network that tells the emotions apart by face.
            SettingsError: There is no such device.
        """
        # The library takes seconds to be imported; who only reads settings need not wait for it.
        from model.face.image_classifier import ImageClassifier  # noqa: PLC0415
        from realtime.recognition.torch_device import find_device  # noqa: PLC0415

        self._classifier = ImageClassifier.load(self._folder, find_device(self._device, f"{_SETTING}.device"))

    def read(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(B, 7) centred log-probabilities of `EKMAN_LABELS` for (B, 48, 48) grey values of upright faces."""
        return self._classifier.read(faces)


def _folder(model: str) -> Path:
    path = Path(model).expanduser()
    if path.is_dir():
        return path.resolve()
    if path.is_absolute() or model.startswith("."):
        raise PartMissingError(f"face encoder: there is no model at {path}", f"Correct the path in {_SETTING}.model")
    if (found := hub_folder(model)) is not None:
        return found
    raise PartMissingError(
        f"face encoder: the weights of {model!r} are not on this machine",
        f"Get them from the Hugging Face Hub, hf download {model}, or give {_SETTING}.model a path",
    )
