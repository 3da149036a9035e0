"""The face encoder's weights on disk."""

from pathlib import Path
from typing import Final

from model import encoder_checkpoint
from model.encoder_checkpoint import EncoderCard
from model.errors import CheckpointError
from model.face.network import LABELS, FaceNetwork, Settings

SHIPPED: Final = Path(__file__).parent.parent / "weights" / "face-fer2013"
"""The face encoder that comes with undertone."""


def save(folder: Path, network: FaceNetwork, card: EncoderCard) -> None:
    """Write a network: what was learned rounded to float16, and its card."""
    encoder_checkpoint.save(folder, encoder_checkpoint.stored(network), card)


def load(folder: Path = SHIPPED) -> tuple[FaceNetwork, EncoderCard]:
    """A trained network, float32, in evaluation mode, and its card.

    Raises:
        CheckpointError: It is missing, truncated, corrupt, of another format, or no face encoder.
    """
    tensors, card = encoder_checkpoint.load(folder, "face")
    if card.labels != LABELS:
        raise CheckpointError(
            f"{folder} tells {', '.join(card.labels)} apart, not {', '.join(LABELS)}",
            "Leave face_encoder.checkpoint away to use the one that is built in",
        )
    network = FaceNetwork(encoder_checkpoint.read_settings(folder, card, Settings))
    encoder_checkpoint.fill(network, tensors, folder)
    return network.requires_grad_(False).eval(), card  # noqa: FBT003 - torch's own signature
