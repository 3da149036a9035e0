"""The voice encoder that comes with undertone: the front end, and the network trained on what it hears."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.encoder_checkpoint import EncoderCard, fill, load, read_settings
from model.voice.blocks import Block, pooled
from model.voice.course import Course
from model.voice.labels import as_ekman
from model.voice.network import Settings, VoiceNetwork
from model.voice.sound import SAMPLE_RATE_HZ
from model.voice.trunk import Trunk

SHIPPED: Final = Path(__file__).parent.parent / "weights" / "voice-ravdess-emodb"
"""The weights that come with undertone."""


class CompactVoice:
    """Hears a segment while it is spoken, and says of any stretch of it what the voice expresses.

    Args:
        trunk: What the network was trained to read.
        network: The network.
        card: Where its weights come from.
    """

    def __init__(self, trunk: Trunk, network: VoiceNetwork, card: EncoderCard) -> None:
        self.card = card
        self._trunk = trunk
        self._network = network

    @classmethod
    def load(cls, folder: Path = SHIPPED) -> "CompactVoice":
        """From a checkpoint.

        Raises:
            CheckpointError: It is missing, damaged or something else.
            PartMissingError: resemblyzer, whose weights the trunk has, is not installed.
        """
        tensors, card = load(folder, "voice")
        network = VoiceNetwork(read_settings(folder, card, Settings))
        fill(network, tensors, folder)
        return cls(Trunk.load(), network.requires_grad_(False).eval(), card)  # noqa: FBT003 - torch's own signature

    def begin(self) -> Course:
        """A new segment."""
        return Course(self._trunk)

    @torch.inference_mode()
    def logits(self, blocks: Sequence[Block]) -> Tensor:
        """(9,) of `VOICE_LABELS` for a stretch of a course."""
        logits: Tensor = self._network(torch.from_numpy(pooled(blocks)).unsqueeze(0))[0]
        return logits

    def express(self, blocks: Sequence[Block]) -> NDArray[np.float32]:
        """(7,) centred log-probabilities of `EKMAN_LABELS` for a stretch of a course."""
        expressed: NDArray[np.float32] = as_ekman(self.logits(blocks)).numpy()
        return expressed

    def predict(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """(9,) log-probabilities of `VOICE_LABELS` for a clip of (T,) samples at 16 kHz."""
        course = self.begin()
        course.push(sound)
        logits = self.logits(course.between(0.0, len(sound) / SAMPLE_RATE_HZ))
        said: NDArray[np.float32] = logits.log_softmax(-1).numpy()
        return said
