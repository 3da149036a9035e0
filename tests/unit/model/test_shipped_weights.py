"""What ships in the repository is what its card says."""

import pytest

from model import checkpoint
from model.checkpoint import SHIPPED
from model.datasets import ecf
from model.evaluation.metrics import score

MOST_BYTES = 16_000_000
FLOOR = {"pair_f1": 0.58, "w_avg_6": 0.35, "emotion_weighted_f1": 0.585}


def test_the_checkpoint_is_small_strictly_causal_and_good_enough():
    card = checkpoint.read_card(SHIPPED)
    assert (SHIPPED / "model.safetensors").stat().st_size <= MOST_BYTES
    assert card.network_settings.emotion_horizon == card.network_settings.cause_horizon == 0
    assert {name: card.dev[name] for name, floor in FLOOR.items() if card.dev[name] < floor} == {}


def test_people_are_told_what_it_was_made_from_and_what_it_is_not_for():
    card, words = checkpoint.read_card(SHIPPED), (SHIPPED / "README.md").read_text(encoding="utf-8")
    for source in card.data:
        assert source.name.split(" ")[0] in words
        assert source.terms.split(",")[0].strip('"') in words
    for figure in FLOOR:
        assert f"{card.dev[figure]:.3f}" in words
    assert "INFERRED" in words
    assert "workplace" in words


def test_it_loads_ready_for_inference():
    loaded = checkpoint.load()
    assert not loaded.network.training
    assert loaded.encoder.frozen_hash() == loaded.card.frozen_sha256


@pytest.mark.slow
@pytest.mark.shared
def test_the_figures_on_dev_are_those_of_the_card(shared_data):
    pytest.importorskip("torch_geometric")
    from model.networks.predict import predict

    loaded = checkpoint.load()
    gold = ecf.load(shared_data / "ecf" / "dev.txt")
    said = [p.conversation for p in predict(gold, loaded.encoder, loaded.network, loaded.card.decision)]
    scores = score(gold, said)
    for name in FLOOR:
        assert getattr(scores, name) == pytest.approx(loaded.card.dev[name], abs=0.003)
