"""Learning to hear and see from lent voices and faces, beginning from a network that reads words alone."""

import json
from random import Random

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file

pytest.importorskip("torch_geometric")

from model import checkpoint
from model.datasets import formats
from model.errors import CheckpointError, SettingsError
from model.modality import Modality
from model.networks.predict import predict
from model.training.beginning import begin
from model.training.material import Material
from model.training.progress import Stopped
from model.training.settings import TrainSettings
from model.training.train import train
from tests.tiny_minilm import tiny_minilm
from tests.tiny_pools import write_pool
from tests.tiny_training import NETWORK, Watcher, tiny_settings

DATA = {"Clips of nobody": "none stated"}
QUICK = {"epochs": 2, "batch": 4}  # 4 steps


@pytest.fixture(scope="module")
def words_alone(tmp_path_factory):
    """A checkpoint that reads words alone."""
    folder = tmp_path_factory.mktemp("words")
    (run,) = train(tiny_settings(folder, optimisation=QUICK), Watcher(), tiny_minilm)
    return run.folder


def settings_from(words_alone, folder, **changes) -> TrainSettings:
    folder.mkdir(exist_ok=True)
    evidence = {
        "voice": write_pool(folder / "voice.npz"),
        "face": write_pool(folder / "face.npz", anonymous=True),
        "data": DATA,
    }
    harm = {"harm_weight": 2.0}
    given = {"begin_from": words_alone, "evidence": evidence, "optimisation": QUICK, "objective": harm} | changes
    plain = tiny_settings(folder, optimisation=given.pop("optimisation")).model_dump(exclude={"encoder", "network"})
    return TrainSettings.model_validate(plain | given)


def stored(folder) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def read_by(folder, gold):
    loaded = checkpoint.load(folder, tiny_minilm)
    return predict(gold, loaded.encoder, loaded.network, loaded.card.decision)


def test_what_reads_words_stays_as_it_was_to_the_bit(words_alone, tmp_path):
    (run,) = train(settings_from(words_alone, tmp_path), Watcher(), tiny_minilm)
    before, after = stored(words_alone), stored(run.folder)
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    beyond = set(after) - set(before)
    assert {name.split(".")[1] for name in beyond} == {"projections", "layers", "read_outs"}
    assert all("projections.text" not in name for name in beyond)
    gold = formats.load(tmp_path / "dev.txt", "ecf")
    for said, expected in zip(read_by(run.folder, gold), read_by(words_alone, gold), strict=True):
        assert torch.equal(said.emotions, expected.emotions)
        assert torch.equal(said.pairs, expected.pairs)
        assert said.conversation == expected.conversation


def test_the_card_says_what_was_frozen_what_was_lent_and_what_it_is_not(words_alone, tmp_path):
    (run,) = train(settings_from(words_alone, tmp_path), Watcher(), tiny_minilm)
    card, before = checkpoint.read_card(run.folder), checkpoint.read_card(words_alone)
    assert card.decision == before.decision
    assert card.encoder_settings == before.encoder_settings
    assert card.network_settings.features == {Modality.TEXT: 16, Modality.AUDIO: 7, Modality.VIDEO: 7}
    assert card.training["began_from"]["weights_sha256"] == before.weights_sha256
    assert card.training["evidence"]["shares"]["nothing"] == 0.3
    assert "not multimodal ECF" in card.training["evidence"]["note"]
    names = [each.name for each in card.data]
    assert "Clips of nobody: voices, faces lent" in names
    assert len(set(names)) == len(names)
    assert str(tmp_path) not in card.model_dump_json()


def test_an_interrupted_run_draws_what_it_would_have_drawn(words_alone, tmp_path):
    (whole,) = train(settings_from(words_alone, tmp_path / "whole"), Watcher(), tiny_minilm)
    with pytest.raises(Stopped):
        train(settings_from(words_alone, tmp_path / "broken"), Watcher(3), tiny_minilm)
    (resumed,) = train(settings_from(words_alone, tmp_path / "broken"), Watcher(), tiny_minilm)
    expected = stored(whole.folder)
    assert all(torch.equal(tensor, expected[name]) for name, tensor in stored(resumed.folder).items())


def test_an_example_is_lent_something_else_every_time_and_dev_the_same(words_alone, tmp_path):
    settings, begun = begin(settings_from(words_alone, tmp_path), tiny_minilm)
    first, again = (Material(settings, Watcher(), tiny_minilm, begun) for _ in range(2))
    for one, other in zip(first.dev, again.dev, strict=True):
        assert torch.equal(one.sensed[Modality.AUDIO].features, other.sensed[Modality.AUDIO].features)
    lessons, random = first.lessons, Random(0)
    shown = [lessons.varied(lessons.learn[0], random).sensed[Modality.VIDEO].features for _ in range(4)]
    assert len({each.numpy().tobytes() for each in shown}) > 1
    assert lessons.decision == begun.card.decision


def test_texts_are_read_once_and_kept_as_their_features(words_alone, tmp_path):
    settings, begun = begin(settings_from(words_alone, tmp_path), tiny_minilm)
    (example, *_) = Material(settings, Watcher(), tiny_minilm, begun).dev
    assert {state.shape for state in example.written.states} == {(1, 16)}
    assert set(example.written.own) == {1}
    texts = formats.load(tmp_path / "dev.txt", "ecf")[0].utterances
    from model.encoders.inputs import all_inputs

    features = begun.encoder.encode(all_inputs(texts, begun.encoder.settings.context))
    torch.testing.assert_close(torch.cat(example.written.states), features, rtol=1e-5, atol=1e-6)


def test_the_settings_that_are_written_down_can_be_given_again(words_alone, tmp_path):
    import yaml

    (run,) = train(settings_from(words_alone, tmp_path), Watcher(), tiny_minilm)
    again = TrainSettings.model_validate(yaml.safe_load((run.folder.parent / "settings.yaml").read_text()))
    watcher = Watcher()
    train(again, watcher, tiny_minilm)
    assert not watcher.steps
    assert json.loads((run.folder.parent / "metrics.json").read_text())["finished"]


def test_another_network_than_the_checkpoints_is_refused(words_alone, tmp_path):
    wider = NETWORK | {"width": 32, "features": {"text": 16, "audio": 7, "video": 7}}
    with pytest.raises(SettingsError, match="Leave network out"):
        train(settings_from(words_alone, tmp_path, network=wider), Watcher(), tiny_minilm)


def test_a_checkpoint_that_hears_already_is_refused(words_alone, tmp_path):
    (run,) = train(settings_from(words_alone, tmp_path / "first"), Watcher(), tiny_minilm)
    with pytest.raises(CheckpointError, match="words alone"):
        train(settings_from(run.folder, tmp_path / "second"), Watcher(), tiny_minilm)


@pytest.mark.parametrize(
    "changes,complaint",
    [
        ({"tables": {"rows": "rows.npy", "audio": "audio.npy"}}, "give one of them"),
        ({"evidence": None}, "leaves nothing to learn"),
        ({"encoder_weights": "learned.safetensors"}, "leave stages and encoder_weights out"),
        ({"evidence": {"data": DATA}}, "give voice, face or both"),
        ({"evidence": {"voice": "voice.npz"}}, "data"),
        ({"begin_from": None, "objective": {"harm_weight": 1}}, "give begin_from"),
        ({"begin_from": None, "objective": {}}, "with these tables or evidence there is text, audio, video"),
    ],
)
def test_what_does_not_go_together_is_refused(words_alone, tmp_path, changes, complaint):
    with pytest.raises(ValidationError, match=complaint):
        settings_from(words_alone, tmp_path, **changes)
