import json
from pathlib import Path

import pytest

pytest.importorskip("torch_geometric")

from model.errors import DataError
from model.training.settings import TrainSettings
from model.training.train import Epoch, Step, train
from tests.tiny_minilm import tiny_minilm

CONVERSATION = """{id} 4
 (2,1),(2,2),(4,4)
1 | Ann | neutral | good news ? | Clip: 00:00:00.0 - 00:00:01.0
2 | Bob | joy | i am so happy ! | Clip: 00:00:01.0 - 00:00:02.0
3 | Ann | neutral | you ? | Clip: 00:00:02.0 - 00:00:03.0
4 | Bob | sadness | so sad ! | Clip: 00:00:03.0 - 00:00:04.0
"""


class Watcher:
    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.epochs: list[Epoch] = []

    def step(self, step: Step) -> None:
        self.steps.append(step)

    def epoch(self, epoch: Epoch) -> None:
        self.epochs.append(epoch)


def settings(folder: Path, **changes) -> TrainSettings:
    data = folder / "data.txt"
    data.write_text("".join(CONVERSATION.format(id=i) for i in range(8)))
    optimisation = {"epochs": 20, "batch": 2, "network_rate": 5e-3, "encoder_rate": 1e-3, "averaging": 0.5}
    values = {
        "train": data,
        "dev": data,
        "results": folder / "results",
        "seeds": (1,),
        "threads": 1,
        "encoder": {"frozen_layers": 1},
        "network": {"features": 16, "width": 16, "heads": 2, "layers": 1, "dropout": 0.0},
        "optimisation": optimisation | changes.pop("optimisation", {}),
        "presentation": {"recognised_text": 0.2},
    }
    return TrainSettings.model_validate(values | changes)


def test_a_few_steps_learn_a_conversation_by_heart(tmp_path):
    watcher = Watcher()
    (run,) = train(settings(tmp_path), watcher, tiny_minilm)
    assert run.dev.scores.pair_f1 > 0.9
    assert run.dev.scores.emotion_accuracy > 0.9
    assert watcher.epochs[-1].loss < watcher.epochs[0].loss / 2
    assert [step.number for step in watcher.steps] == list(range(1, 81))
    assert (run.folder / "model.safetensors").is_file()
    figures = json.loads((run.folder.parent / "epochs.json").read_text())
    assert [figure["epoch"] for figure in figures] == list(range(1, 21))
    assert TrainSettings.model_validate_json((run.folder.parent / "settings.json").read_text()) == settings(tmp_path)


def test_the_same_seed_gives_the_same_losses_and_another_seed_others(tmp_path):
    watcher = Watcher()
    short = {"optimisation": {"epochs": 1}}
    train(settings(tmp_path, seeds=(1, 2), **short), watcher, tiny_minilm)
    train(settings(tmp_path, seeds=(1,), **short), watcher, tiny_minilm)
    losses = [step.loss for step in watcher.steps]
    first, second, again = losses[:4], losses[4:8], losses[8:]
    assert first == again
    assert first != second


def test_a_label_the_network_does_not_know_is_refused(tmp_path):
    network = {"features": 16, "width": 16, "heads": 2, "labels": ("neutral", "joy")}
    with pytest.raises(DataError, match="sadness"):
        train(settings(tmp_path, network=network), Watcher(), tiny_minilm)


def test_a_missing_data_file_is_one_line(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.txt"):
        train(settings(tmp_path, train=tmp_path / "nowhere.txt"), Watcher(), tiny_minilm)
