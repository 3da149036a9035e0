import json
from pathlib import Path

import pytest
import torch
from pydantic import Field
from torch import nn

from model import encoder_checkpoint
from model.checkpoint import DataTerms
from model.config import Config
from model.encoder_checkpoint import EncoderCard
from model.errors import CheckpointError


class Sizes(Config):
    width: int = Field(ge=1)


def module() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4))


@pytest.fixture
def folder(tmp_path) -> Path:
    card = EncoderCard(
        reads="face",
        what="made up",
        labels=("a", "b"),
        settings={"width": 4},
        data=(DataTerms(name="made up", terms="none"),),
        seed=1,
        figures={"accuracy": 0.5},
        training={"epochs": 2},
    )
    encoder_checkpoint.save(tmp_path / "net", encoder_checkpoint.stored(module()), card)
    return tmp_path / "net"


def test_what_was_saved_is_loaded_with_its_learned_weights_rounded_and_its_statistics_exact(folder):
    tensors, card = encoder_checkpoint.load(folder, "face")
    assert tensors["0.weight"].dtype == torch.float16
    assert tensors["1.running_var"].dtype == torch.float32
    assert card.figures == {"accuracy": 0.5}
    filled = module()
    with torch.no_grad():
        filled[0].weight.zero_()
    encoder_checkpoint.fill(filled, tensors, folder)
    assert torch.equal(filled[0].weight, module()[0].weight.half().float())


def test_the_card_tells_the_sizes_of_the_network(folder):
    card = encoder_checkpoint.read_card(folder)
    assert encoder_checkpoint.read_settings(folder, card, Sizes).width == 4
    with pytest.raises(CheckpointError, match=r"card\.json: settings\.width: Input should be"):
        encoder_checkpoint.read_settings(folder, card.model_copy(update={"settings": {"width": 0}}), Sizes)


def test_an_encoder_of_something_else_is_refused(folder):
    with pytest.raises(CheckpointError, match="reads a face, not a voice"):
        encoder_checkpoint.load(folder, "voice")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"no encoder: .*card\.json cannot be read"):
        encoder_checkpoint.load(tmp_path / "nowhere", "face")


def test_a_truncated_file_is_refused(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match="corrupt"):
        encoder_checkpoint.load(folder, "face")


def test_a_card_of_another_format_is_refused(folder):
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | {"format": 7}))
    with pytest.raises(CheckpointError, match=r"card\.json: format"):
        encoder_checkpoint.load(folder, "face")


def test_weights_of_another_network_are_refused(folder):
    tensors, _ = encoder_checkpoint.load(folder, "face")
    with pytest.raises(CheckpointError, match="other weights than its card describes"):
        encoder_checkpoint.fill(nn.Conv2d(1, 4, 3), tensors, folder)
