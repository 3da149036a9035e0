"""A training of seconds: a tiny encoder, a few conversations, and somebody who watches.

Run as a script it trains with the settings in a JSON file, so that a test can kill it:
python tests/tiny_training.py SETTINGS [SECONDS_PER_STEP]
"""

import sys
import time
from pathlib import Path

from model.training.progress import Epoch, Step
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

NETWORK = {"features": {"text": 16}, "width": 16, "round_width": 8, "heads": 2, "layers": 1, "dropout": 0.1}
"""Sizes of a network for the tiny encoder."""


class Watcher:
    """Remembers what it was told.

    Args:
        stop_after: Steps after which it asks for the end; None for never.
        wait_s: How long every step takes at least.
    """

    def __init__(self, stop_after: int | None = None, wait_s: float = 0.0) -> None:
        self.steps: list[Step] = []
        self.epochs: list[Epoch] = []
        self.notes: list[str] = []
        self._stop_after, self._wait_s = stop_after, wait_s

    @property
    def stopping(self) -> bool:
        return self._stop_after is not None and len(self.steps) >= self._stop_after

    def embedded(self, texts: int, total: int) -> None:
        assert 0 < texts <= total

    def step(self, step: Step) -> None:
        self.steps.append(step)
        time.sleep(self._wait_s)

    def epoch(self, epoch: Epoch) -> None:
        self.epochs.append(epoch)

    def note(self, what: str) -> None:
        self.notes.append(what)


def tiny_settings(folder: Path, **changes) -> TrainSettings:
    """Settings of a run over eight conversations, and two for dev; `optimisation` is merged, the rest replaced."""
    data, dev = folder / "data.txt", folder / "dev.txt"
    data.write_text("".join(CONVERSATION.format(id=i) for i in range(8)))
    dev.write_text("".join(CONVERSATION.format(id=i) for i in range(2)))
    optimisation = {"epochs": 20, "batch": 2, "network_rate": 5e-3, "encoder_rate": 1e-3, "averaging": 0.5}
    values = {
        "train": data,
        "dev": dev,
        "results": folder / "results",
        "seeds": (1,),
        "threads": 1,
        "device": "cpu",
        "pictures": False,  # they take longer than the rest
        "encoder": {"frozen_layers": 1},
        "network": NETWORK,
        "optimisation": optimisation | changes.pop("optimisation", {}),
        "presentation": {"recognised_text": 0.2},
    }
    return TrainSettings.model_validate(values | changes)


if __name__ == "__main__":
    given = TrainSettings.model_validate_json(Path(sys.argv[1]).read_bytes())
    train(given, Watcher(wait_s=float(sys.argv[2]) if len(sys.argv) > 2 else 0.0), tiny_minilm)
