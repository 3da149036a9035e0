import json

import pytest
import yaml

pytest.importorskip("torch_geometric")

from model.errors import DataError
from model.training.settings import TrainSettings
from model.training.train import train
from tests.tiny_minilm import tiny_minilm
from tests.tiny_training import NETWORK, Watcher, tiny_settings


def test_a_few_steps_learn_a_conversation_by_heart(tmp_path):
    watcher = Watcher()
    quick = {"epochs": 10, "network_rate": 1e-2}
    settings = tiny_settings(tmp_path, network=NETWORK | {"dropout": 0.0}, optimisation=quick)
    (run,) = train(settings, watcher, tiny_minilm)
    assert run.dev.scores.pair_f1 > 0.9
    assert run.dev.scores.emotion_accuracy > 0.9
    assert watcher.epochs[-1].loss < watcher.epochs[0].loss / 2
    assert [step.number for step in watcher.steps] == list(range(1, 41))
    assert (run.folder / "model.safetensors").is_file()
    metrics = json.loads((run.folder.parent / "metrics.json").read_text())
    assert metrics["finished"]
    assert [epoch["number"] for epoch in metrics["epochs"]] == list(range(1, 11))
    written = yaml.safe_load((run.folder.parent / "settings.yaml").read_text())
    assert TrainSettings.model_validate(written) == settings
    assert not (run.folder.parent / "state.pt").exists()


def test_the_same_seed_gives_the_same_losses_and_another_seed_others(tmp_path):
    watcher = Watcher()
    short = {"optimisation": {"epochs": 1}}
    train(tiny_settings(tmp_path, seeds=(1, 2), **short), watcher, tiny_minilm)
    train(tiny_settings(tmp_path, seeds=(1,), **short), watcher, tiny_minilm, fresh=True)
    losses = [step.loss for step in watcher.steps]
    first, second, again = losses[:4], losses[4:8], losses[8:]
    assert first == again
    assert first != second


def test_a_label_the_network_does_not_know_is_refused(tmp_path):
    network = NETWORK | {"labels": ("neutral", "joy")}
    with pytest.raises(DataError, match="sadness"):
        train(tiny_settings(tmp_path, network=network), Watcher(), tiny_minilm)


def test_a_missing_data_file_is_one_line(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.txt"):
        train(tiny_settings(tmp_path, train=tmp_path / "nowhere.txt"), Watcher(), tiny_minilm)


def test_a_run_ends_early_when_dev_does_not_get_better(tmp_path):
    still = {"epochs": 20, "patience": 2, "network_rate": 1e-12, "encoder_rate": 1e-12}
    watcher = Watcher()
    settings = tiny_settings(tmp_path, optimisation=still)
    (run,) = train(settings, watcher, tiny_minilm)
    assert [epoch.best for epoch in watcher.epochs] == [True, False, False]
    assert json.loads((run.folder / "card.json").read_text())["epoch"] == 1
    again = Watcher()
    train(settings, again, tiny_minilm)
    assert not again.steps
