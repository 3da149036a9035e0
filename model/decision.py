"""How logits become probabilities and links: calibration temperatures and a threshold, stored with a checkpoint."""

from pydantic import Field
from torch import Tensor

from model.config import Config


class Decision(Config):
    """How sure the network is, and how sure it must be.

    Shapes:
        emotion logits (…, C) -> probabilities (…, C); pair logits (…) -> probabilities (…).
    """

    emotion_temperature: float = Field(1.0, gt=0, description="Divides emotion logits, so that confidence is accuracy.")
    pair_temperature: float = Field(1.0, gt=0, description="Divides pair logits, so that probability is precision.")
    link_threshold: float = Field(0.5, gt=0, lt=1, description="Least calibrated probability of a published link.")

    def emotion_probabilities(self, logits: Tensor) -> Tensor:
        """Calibrated probabilities of the labels; they sum to 1."""
        return (logits / self.emotion_temperature).softmax(-1)

    def pair_probabilities(self, logits: Tensor) -> Tensor:
        """Calibrated probability of each candidate."""
        return (logits / self.pair_temperature).sigmoid()
