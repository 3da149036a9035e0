"""A tiny face encoder with weights that nobody trained, as a folder that loads."""

from pathlib import Path

import torch

from model.checkpoint import DataTerms
from model.encoder_checkpoint import EncoderCard
from model.face import weights
from model.face.network import LABELS, FaceNetwork, Settings


def tiny_network(seed: int = 5) -> FaceNetwork:
    """Its batch normalisations have seen something, so that folding them in matters."""
    torch.manual_seed(seed)
    network = FaceNetwork(Settings(stem=2, widths=(3, 4), views=(40,)))
    with torch.no_grad():
        for _ in range(3):
            network(torch.randn(8, 1, 40, 40) * 2 + 0.3)
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.uniform_(0.5, 2.0)
                module.bias.normal_()
    return network.eval()


def tiny_folder(folder: Path, **changes: object) -> Path:
    """The folder of a tiny encoder; `changes` are fields of its card."""
    network = tiny_network()
    fields = {
        "reads": "face",
        "what": "made up",
        "labels": LABELS,
        "settings": network.settings.model_dump(),
        "data": (DataTerms(name="made up", terms="none"),),
        "seed": 5,
        "figures": {},
        "training": {},
    }
    weights.save(folder, network, EncoderCard(**fields | changes))
    return folder
