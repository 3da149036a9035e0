import json

import pytest

pytest.importorskip("torch_geometric")
pytest.importorskip("matplotlib")

import numpy as np
from matplotlib.image import imread
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from model.training.progress import Stopped
from model.training.train import train
from tests.tiny_minilm import tiny_minilm
from tests.tiny_training import Watcher, tiny_settings


def test_a_run_leaves_pictures_and_logs_that_an_interruption_does_not_tear(tmp_path):
    settings = tiny_settings(tmp_path, optimisation={"epochs": 2}, pictures=True)
    with pytest.raises(Stopped):
        train(settings, Watcher(6), tiny_minilm)
    train(settings, Watcher(), tiny_minilm)
    folder = settings.results / "seed-1"
    for name in ("curves", "confusion", "reliability-emotion", "reliability-pair"):
        picture = imread(folder / f"{name}.png")
        assert min(picture.shape[:2]) > 600
        assert np.ptp(picture) > 0.5
    logs = EventAccumulator(str(folder / "tensorboard")).Reload()
    assert [event.step for event in logs.Scalars("training/loss")] == list(range(1, 9))
    epochs = json.loads((folder / "metrics.json").read_text())["epochs"]
    logged = [event.value for event in logs.Scalars("dev/selection")]
    assert logged == pytest.approx([epoch["selection"] for epoch in epochs])
