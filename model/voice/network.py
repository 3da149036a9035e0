"""The small network that says what a voice expresses."""

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from model.config import Config
from model.voice.blocks import VECTOR
from model.voice.labels import VOICE_LABELS


class Settings(Config):
    """Its sizes."""

    width: int = Field(128, ge=4, le=4096, description="Numbers in its embedding of a voice.")
    dropout: float = Field(0.5, ge=0, lt=1, description="Share of features dropped in training.")


class VoiceNetwork(nn.Module):
    """From how a stretch was said (`model.voice.blocks.pooled`) to what it expresses.

    Features are normalised by what the clips for training are like; mean and scale are stored with the weights.

    Shapes:
        (B, V) -> logits (B, 9) of `VOICE_LABELS`.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(VECTOR))
        self.register_buffer("scale", torch.ones(VECTOR))
        self.hidden = nn.Linear(VECTOR, settings.width)
        self.output = nn.Linear(settings.width, len(VOICE_LABELS))
        self.dropout = nn.Dropout(settings.dropout)

    @torch.no_grad()
    def expect(self, features: Tensor) -> None:
        """Take over what features are normalised by, from (N, V) of them."""
        self.mean.copy_(features.mean(0))
        self.scale.copy_(features.std(0).clamp_min(1e-4))

    def embed(self, features: Tensor) -> Tensor:
        """(B, H) embeddings of (B, V) features."""
        normal = ((features - self.mean) / self.scale).clamp(-_FAR, _FAR)
        return F.gelu(self.hidden(self.dropout(normal)))

    def forward(self, features: Tensor) -> Tensor:
        """(B, 9) logits of (B, V) features."""
        logits: Tensor = self.output(self.dropout(self.embed(features)))
        return logits


_FAR = 6.0  # deviations: what lies further off is a broken microphone, not a feeling
