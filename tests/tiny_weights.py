"""A checkpoint of a few thousand random weights: understands nothing, at next to no cost."""

import torch

from model.checkpoint import Card, Checkpoint
from model.decision import Decision
from model.encoders.minilm import MiniLM
from model.modality import Modality
from model.networks.mtml import MTML, Settings


def tiny_weights(encoder: MiniLM) -> Checkpoint:
    torch.manual_seed(0)
    settings = Settings(features={Modality.TEXT: encoder.features}, width=8, round_width=4, heads=2, layers=1)
    card = Card(
        encoder_settings=encoder.settings,
        network_settings=settings,
        decision=Decision(),
        frozen_sha256=encoder.frozen_hash(),
        data=(),
        seed=0,
        epoch=1,
        dev={},
        training={},
    )
    return Checkpoint(encoder, MTML(settings), card)
