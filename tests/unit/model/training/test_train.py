import json
from pathlib import Path

import pytest
import yaml

pytest.importorskip("torch_geometric")

from model.errors import DataError
from model.training.progress import Epoch, Step, Stopped
from model.training.settings import TrainSettings
from model.training.train import train
from tests.tiny_minilm import tiny_minilm

CONVERSATION = """{id} 4
 (2,1),(2,2),(4,4)
1 | Ann | neutral | good news ? | Clip: 00:00:00.0 - 00:00:01.0
2 | Bob | joy | i am so happy ! | Clip: 00:00:01.0 - 00:00:02.0
3 | Ann | neutral | you ? | Clip: 00:00:02.0 - 00:00:03.0
4 | Bob | sadness | so sad ! | Clip: 00:00:03.0 - 00:00:04.0
"""


class Watcher:
    """Remembers what it was told.

    Args:
        stop_after: Steps after which it asks for the end.
    """

    def __init__(self, stop_after: int | None = None) -> None:
        self.steps: list[Step] = []
        self.epochs: list[Epoch] = []
        self.notes: list[str] = []
        self._stop_after = stop_after

    @property
    def stopping(self) -> bool:
        return self._stop_after is not None and len(self.steps) >= self._stop_after

    def embedded(self, texts: int, total: int) -> None:
        assert 0 < texts <= total

    def note(self, what: str) -> None:
        self.notes.append(what)

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
    metrics = json.loads((run.folder.parent / "metrics.json").read_text())
    assert metrics["finished"]
    assert [epoch["number"] for epoch in metrics["epochs"]] == list(range(1, 21))
    written = yaml.safe_load((run.folder.parent / "settings.yaml").read_text())
    assert TrainSettings.model_validate(written) == settings(tmp_path)
    assert not (run.folder.parent / "state.pt").exists()


def test_the_same_seed_gives_the_same_losses_and_another_seed_others(tmp_path):
    watcher = Watcher()
    short = {"optimisation": {"epochs": 1}}
    train(settings(tmp_path, seeds=(1, 2), **short), watcher, tiny_minilm)
    train(settings(tmp_path, seeds=(1,), **short), watcher, tiny_minilm, fresh=True)
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
