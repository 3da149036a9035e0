"""The small convolutional network that reads the expression of a face."""

from typing import Final

import torch
from pydantic import Field, field_validator
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from model.config import Config

SIDE: Final = 48
"""Height and width of a face, grey values; those of FER2013."""

LABELS: Final = ("anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral")
"""What the outputs mean: the classes of FER2013, in their order."""

_LEAST_VIEW: Final = 32  # pixels
_FLAT: Final = 8.0  # grey values; keeps the noise of a flat picture from being blown up


class Settings(Config):
    """Sizes of the network."""

    stem: int = Field(default=16, ge=1, le=256, description="Channels of the first two convolutions.")
    widths: tuple[int, ...] = Field(
        default=(64, 128, 256), min_length=1, max_length=4, description="Channels of each block; each halves the sides."
    )
    dropout: float = Field(default=0.4, ge=0.0, lt=1.0, description="Share of pooled channels left out in training.")
    views: tuple[int, ...] = Field(
        default=(44, 48),
        min_length=1,
        max_length=8,
        description="Sides of the middles of a face that are read, pixels: the first in a mirror, the second as it is, "
        "and so on in turn; what they say is averaged.",
    )

    @field_validator("views")
    @classmethod
    def _views_lie_in_the_middle(cls, views: tuple[int, ...]) -> tuple[int, ...]:
        if any(side % 2 or not _LEAST_VIEW <= side <= SIDE for side in views):
            raise ValueError(f"a view has an even side from {_LEAST_VIEW} to {SIDE}")
        return views


class FaceNetwork(nn.Module):
    """Residual blocks (He et al. 2016, arXiv:1512.03385) over the middle of a face, averaged over its area.

    Args:
        settings: Its sizes.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.stem = nn.Sequential(
            _Convolution(1, settings.stem, 3), nn.ReLU(), _Convolution(settings.stem, settings.stem, 3), nn.ReLU()
        )
        widths = (settings.stem, *settings.widths)
        self.blocks = nn.Sequential(*map(_Block, widths[:-1], widths[1:]))
        self.dropout = nn.Dropout(settings.dropout)
        self.classify = nn.Linear(widths[-1], len(LABELS))

    def forward(self, faces: Tensor) -> Tensor:
        """(B, 1, H, W) standardised grey values to (B, 7) logits of `LABELS`; the sides may be any from 16 on."""
        pooled = self.blocks(self.stem(faces)).mean((2, 3))
        logits: Tensor = self.classify(self.dropout(pooled))
        return logits

    @torch.inference_mode()
    def read(self, faces: Tensor) -> Tensor:
        """(B, 7) logits of `LABELS` for (B, 48, 48) grey values: the mean over the views of each face."""
        whole = standardised(faces)
        said = [self(_view(whole, side, mirrored=place % 2 == 0)) for place, side in enumerate(self.settings.views)]
        return torch.stack(said).mean(0)

    def folded(self) -> "FaceNetwork":
        """The same network for reading only: its batch normalisations are multiplied into the convolutions."""
        folded = FaceNetwork(self.settings)
        folded.load_state_dict(self.state_dict())
        folded.eval().requires_grad_(False)  # noqa: FBT003 - torch's own signature
        for module in list(folded.modules()):
            if isinstance(module, _Convolution):
                module.fold()
        return folded


def standardised(faces: Tensor) -> Tensor:
    """(B, 48, 48) grey values from 0 to 255 as (B, 1, 48, 48) float32, each face about its own mean and spread."""
    faces = faces[:, None].float()
    return (faces - faces.mean((2, 3), keepdim=True)) / (faces.std((2, 3), keepdim=True) + _FLAT)


def _view(faces: Tensor, side: int, *, mirrored: bool) -> Tensor:
    """The middle of (B, 1, 48, 48) faces, (B, 1, S, S)."""
    edge = (SIDE - side) // 2
    middle = faces[:, :, edge : SIDE - edge, edge : SIDE - edge]
    return middle.flip(3) if mirrored else middle


class _Convolution(nn.Module):
    """A convolution that keeps the sides, and its batch normalisation."""

    def __init__(self, inputs: int, outputs: int, side: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, side, padding=side // 2, bias=False)
        self.normalisation: nn.BatchNorm2d | nn.Identity = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, outputs, H, W)."""
        y: Tensor = self.normalisation(self.convolution(x))
        return y

    def fold(self) -> None:
        """Multiply the normalisation into the convolution."""
        if isinstance(self.normalisation, nn.BatchNorm2d):
            self.convolution = fuse_conv_bn_eval(self.convolution, self.normalisation)
            self.normalisation = nn.Identity()


class _Block(nn.Module):
    """Halves the sides, then two convolutions and a shortcut around them."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = _Convolution(inputs, outputs, 3)
        self.second = _Convolution(outputs, outputs, 3)
        self.shortcut = nn.Identity() if inputs == outputs else _Convolution(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, outputs, H // 2, W // 2)."""
        x = nn.functional.max_pool2d(x, 2)
        return torch.relu(self.second(torch.relu(self.first(x))) + self.shortcut(x))
