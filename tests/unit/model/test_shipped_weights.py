"""What ships in the repository is what its card says."""

import pytest

from model import checkpoint, encoder_checkpoint
from model.checkpoint import SHIPPED, Card
from model.datasets import ecf
from model.evaluation.metrics import score
from model.face.weights import SHIPPED as FACE
from model.voice.encoder import SHIPPED as VOICE

MOST_BYTES = 30_000_000
FLOOR = {"pair_f1": 0.58, "w_avg_6": 0.35, "emotion_weighted_f1": 0.585}


def with_words_alone(card: Card) -> dict[str, float]:
    """Its figures on dev without a voice or a face: those of the network that was held still."""
    return card.training["began_from"]["dev"]


def test_all_weights_together_are_small():
    assert sum(file.stat().st_size for file in SHIPPED.parent.glob("*/*.safetensors")) < MOST_BYTES


def test_the_network_is_strictly_causal_and_good_enough_with_words_alone_and_better_with_more():
    card = checkpoint.read_card(SHIPPED)
    assert card.network_settings.emotion_horizon == card.network_settings.cause_horizon == 0
    alone = with_words_alone(card)
    assert {name: alone[name] for name, floor in FLOOR.items() if alone[name] < floor} == {}
    assert all(card.dev[name] > alone[name] for name in FLOOR)


def test_the_voice_and_the_face_network_are_good_enough():
    voice, face = (encoder_checkpoint.read_card(folder) for folder in (VOICE, FACE))
    assert voice.figures["ravdess_unweighted_accuracy"]["mean"] >= 0.68
    assert voice.figures["emodb_unweighted_accuracy"]["mean"] >= 0.62
    assert face.figures["dev_accuracy"]["seeds"][0] >= 0.66


@pytest.mark.parametrize("folder", [VOICE, FACE])
def test_people_are_told_what_an_encoder_was_made_from_and_what_it_is_not_for(folder):
    card, words = encoder_checkpoint.read_card(folder), (folder / "README.md").read_text(encoding="utf-8")
    for source in card.data:
        assert source.name.split(",")[0].split(" ")[0] in words
        assert source.terms.split(";")[0] in words
    assert "workplace" in words
    assert "What it is not for" in words


def test_people_are_told_what_it_was_made_from_and_what_it_is_not_for():
    card, words = checkpoint.read_card(SHIPPED), (SHIPPED / "README.md").read_text(encoding="utf-8")
    for source in card.data:
        assert source.name.split(" ")[0] in words
        assert source.terms.split(",")[0].strip('"') in words
    for figure in FLOOR:
        assert f"{with_words_alone(card)[figure]:.3f}" in words
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
        assert getattr(scores, name) == pytest.approx(with_words_alone(loaded.card)[name], abs=0.003)
