import json
from pathlib import Path

import pytest
import torch

from model import checkpoint
from model.checkpoint import Card, DataTerms
from model.decision import Decision
from model.encoders import minilm
from model.errors import CheckpointError
from model.networks import mtml


def new_card(encoder: minilm.MiniLM, settings: mtml.Settings) -> Card:
    return Card(
        encoder_settings=encoder.settings,
        network_settings=settings,
        decision=Decision(link_threshold=0.4),
        frozen_sha256=encoder.frozen_hash(),
        data=(DataTerms(name="made up", terms="none"),),
        seed=1,
        epoch=1,
        dev={"pair_f1": 0.5},
        training={},
    )


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    torch.manual_seed(3)
    encoder = minilm.create(minilm.Settings(frozen_layers=5))
    settings = mtml.Settings(width=8, heads=2, layers=1)
    with torch.no_grad():
        encoder.bert.encoder.layer[5].output.dense.weight.normal_()
    folder = tmp_path_factory.mktemp("weights") / "net"
    checkpoint.save(folder, encoder, mtml.MTML(settings), new_card(encoder, settings))
    return folder


@pytest.fixture
def folder(saved, tmp_path) -> Path:
    """A copy that a test may break."""
    copy = tmp_path / "net"
    copy.mkdir()
    for file in saved.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    return copy


def test_what_is_loaded_is_what_was_saved_rounded_to_float16(saved, tmp_path):
    loaded = checkpoint.load(saved)
    assert all(p.dtype == torch.float32 and not p.requires_grad for p in loaded.network.parameters())
    assert not loaded.network.training
    assert not loaded.encoder.training
    checkpoint.save(tmp_path / "again", loaded.encoder, loaded.network, loaded.card)
    assert checkpoint.load(tmp_path / "again").card == loaded.card
    assert (tmp_path / "again" / "model.safetensors").read_bytes() == (saved / "model.safetensors").read_bytes()


def test_word_embeddings_are_not_stored_again(saved):
    assert (saved / "model.safetensors").stat().st_size < 4_000_000


def expect(folder: Path, message: str) -> None:
    with pytest.raises(CheckpointError, match=message) as caught:
        checkpoint.load(folder)
    assert "\n" not in str(caught.value)
    assert caught.value.remedy


def edit(folder: Path, **changes) -> None:
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | changes))


def test_missing_folder_and_missing_weights(folder, tmp_path):
    expect(tmp_path / "nowhere", "no checkpoint")
    (folder / "model.safetensors").unlink()
    expect(folder, "no checkpoint")


def test_truncated_weights(folder):
    raw = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(raw[:-100])
    expect(folder, "corrupt")


def test_one_flipped_bit(folder):
    raw = bytearray((folder / "model.safetensors").read_bytes())
    raw[-1] ^= 1
    (folder / "model.safetensors").write_bytes(raw)
    expect(folder, "corrupt")


def test_card_that_is_not_json(folder):
    (folder / "card.json").write_text("weights")
    expect(folder, "the file")


@pytest.mark.parametrize(
    "changes",
    [{"format": 99}, {"network": "unimeec"}, {"encoder": "roberta"}, {"surprise": 1}],
    ids=lambda c: next(iter(c)),
)
def test_foreign_card(folder, changes):
    edit(folder, **changes)
    expect(folder, next(iter(changes)))


def test_weights_of_another_size_than_the_card_says(folder):
    card = json.loads((folder / "card.json").read_text())
    edit(folder, network_settings=card["network_settings"] | {"width": 16})
    expect(folder, "other weights")


def test_file_that_is_no_safetensors(folder):
    import hashlib

    (folder / "model.safetensors").write_bytes(b"hello")
    edit(folder, weights_sha256=hashlib.sha256(b"hello").hexdigest())
    expect(folder, "not a safetensors file")


def test_another_encoder_than_it_was_trained_with(folder):
    edit(folder, frozen_sha256="0" * 64)
    expect(folder, "another encoder")
