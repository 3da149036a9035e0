"""What a voice or a face changes, measured on a network whose answer to it is known."""

import pytest
import torch

pytest.importorskip("torch_geometric")

from model.emotions import EKMAN_LABELS
from model.errors import DataError, SettingsError
from model.evaluation.agreement import Change, Effect, compare, measure
from model.modality import Modality
from tests.tiny_pools import write_pool
from tests.unit.model.evaluation.test_evaluate_modalities import GOLD, loaded

SIZES = {"features": {"text": 16, "audio": 7, "video": 7}, "width": 16, "round_width": 8, "heads": 2, "layers": 1}


@pytest.fixture
def pools(tmp_path):
    return {
        Modality.AUDIO: write_pool(tmp_path / "voice.npz"),
        Modality.VIDEO: write_pool(tmp_path / "face.npz", anonymous=True),
    }


def subject():
    found = loaded(SIZES)
    for name in ("audio", "video"):
        found.network.projections[name].expect(torch.zeros(7), torch.ones(7))
    return found


def effect(wrong: float, right: float, contradicted: float) -> Effect:
    changes = (Change(mean=mean, utterances=9) for mean in (wrong, right, contradicted))
    return Effect(**dict(zip(Effect.model_fields, changes, strict=True)))


def test_every_condition_is_scored_and_every_change_counted(pools):
    told = []
    result = compare(GOLD, subject(), pools, progress=lambda *done: told.append(done))
    assert list(result.figures) == [
        "words alone",
        "as in training",
        "voice: agrees",
        "voice: contradicts",
        "face: agrees",
        "face: contradicts",
        "both: agree",
        "both: contradict",
    ]
    for effect in result.effects.values():
        assert effect.agrees_where_wrong.utterances + effect.agrees_where_right.utterances == 8
        assert effect.contradicts_where_right.utterances == effect.agrees_where_right.utterances
    assert told == [(1, 2), (2, 2)]
    assert result == compare(GOLD, subject(), pools)


def test_a_network_that_does_not_listen_changes_nothing(pools):
    deaf = subject()
    for out in deaf.network.read_outs:
        torch.nn.init.zeros_(out.weight.weight)
    for name in ("audio", "video"):
        torch.nn.init.zeros_(deaf.network.projections[name].linear.weight)
    result = compare(GOLD, deaf, pools)
    # it still tells that there is a voice, but not what it shows
    for each in result.effects.values():
        assert each.agrees_where_right.mean == pytest.approx(each.contradicts_where_right.mean, abs=1e-6)


def test_it_holds_where_a_contradiction_takes_less_than_half_of_what_agreement_adds():
    assert effect(0.2, 0.1, -0.09).holds
    assert not effect(0.2, 0.1, -0.11).holds
    assert not effect(-0.1, 0.1, 0.0).holds
    assert not effect(0.2, -0.01, -0.05).holds


def test_a_network_that_reads_words_alone_is_refused(pools):
    with pytest.raises(SettingsError, match=r"does not read audio.*mtml-ecf-fusion"):
        compare(GOLD, loaded(SIZES | {"features": {"text": 16}}), pools)
    with pytest.raises(SettingsError, match="--voice-pool"):
        compare(GOLD, subject(), {})


def test_what_is_not_annotated_is_refused(tmp_path, pools):
    comments = tmp_path / "comments.tsv"
    comments.write_text("so happy !\t1\tc1\n")
    tmp_path.joinpath("labels.txt").write_text("neutral\njoy\n")
    with pytest.raises(DataError, match="not annotated"):
        measure(comments, voice=pools[Modality.AUDIO], data_format="goemotions")


def test_the_labels_are_those_in_which_evidence_speaks(pools):
    other = subject()
    other.network.settings = other.network.settings.model_copy(update={"labels": (*EKMAN_LABELS[:-1], "boredom")})
    with pytest.raises(SettingsError, match="Ekman"):
        compare(GOLD, other, pools)
