"""One run: a seed's epochs over the pictures it may see, its state kept so that it can go on after an interruption."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from model import encoder_checkpoint
from model.errors import CheckpointError, DataError, SettingsError
from model.evaluation import face
from model.evaluation.classification import figures
from model.face import weights
from model.face.network import LABELS, FaceNetwork
from model.training.face.learner import FaceLearner
from model.training.face.material import Material
from model.training.face.settings import FaceTrainSettings
from model.training.folder import RunFolder
from model.training.progress import Progress, Step, Stopped

_REMEDY = "Give another results folder, or train anew with --fresh"


class FaceRun:
    """Takes a network through its epochs; the last one counts, whatever the others were like on dev.

    The same seed, settings and number of threads give the same weights on one processor, interrupted or not.

    Args:
        seed: Of its weights, its order, its variations; and which part of the pictures it does not see.
        settings: Of the whole training.
        material: The pictures.
        progress: Who is told.

    Attributes:
        seed: The same.
        checkpoint: Folder of its network.
        identity: The settings that decide what it learns.
    """

    def __init__(self, seed: int, settings: FaceTrainSettings, material: Material, progress: Progress) -> None:
        self.seed, self._name = seed, f"seed {seed}"
        self._settings, self._material, self._progress = settings, material, progress
        self.identity = settings.model_dump(mode="json", exclude={"data", "results", "seeds", "threads"})
        self._folder = RunFolder(settings.results / f"seed-{seed}", self.identity)
        self.checkpoint = self._folder.path / "checkpoint"
        self._epoch = self._done = 0  # finished epochs; steps of the one that is not
        self._loss = 0.0  # the sum over those steps
        self._order = torch.zeros(0, dtype=torch.int64)  # in which its pictures are shown

    def forget(self) -> None:
        """Remove what it would go on from, and what it ended with."""
        self.forget_state()
        for file in self.checkpoint.glob("*"):
            file.unlink()

    def forget_state(self) -> None:
        """Remove what it would go on from."""
        self._folder.forget()

    def finished(self) -> bool:
        """Whether it was trained to its end, and what came out was kept.

        Raises:
            SettingsError: It was, or was begun, with other settings.
            CheckpointError: What was kept cannot be read.
        """
        if self._folder.read_state() is not None or not self.checkpoint.is_dir() or not any(self.checkpoint.iterdir()):
            return False
        if encoder_checkpoint.read_card(self.checkpoint).training != self.identity:
            raise SettingsError(f"{self._folder.path} was trained with other settings", _REMEDY)
        return True

    def train(self) -> FaceNetwork:
        """The network after the last epoch, the running average of its weights, in evaluation mode.

        Raises:
            Stopped: It was asked to stop; the state is saved.
            DataError: There are too few pictures for one step.
            SettingsError: It was begun with other settings, or what it begins from was.
            CheckpointError: What it would go on from cannot be read.
        """
        begun, (pixels, labels) = self._folder.read_state(), self._seen()
        torch.manual_seed(self.seed)
        steps = len(labels) // self._settings.optimisation.batch
        learner = FaceLearner(self._settings, steps * self._settings.optimisation.epochs, self._earlier())
        if begun is not None:
            self._go_on(learner, begun)
        self._folder.begin(self._settings.model_dump(mode="json"))
        while self._epoch < self._settings.optimisation.epochs:
            if not self._done:
                self._order = torch.randperm(len(labels))
            self._learn(learner, pixels, labels, steps)
            self._measure(learner)
            self._save(learner)
            self._stop_if_asked()
        return learner.average

    def _earlier(self) -> FaceNetwork | None:
        """The network to go on from, which did not see this seed's part either."""
        folder = self._settings.begin_from
        if folder is None:
            return None
        network, card = weights.load(folder / f"seed-{self.seed}" / "checkpoint")
        if network.settings != self._settings.network:
            raise SettingsError(f"{folder} holds a network of other sizes", "Give the same network in both settings")
        dealt = {name: card.training.get(name) for name in ("train", "folds", "fold_seed")}
        if dealt != {name: self.identity[name] for name in dealt}:
            raise SettingsError(
                f"{folder} left out other pictures", "Give the same train, folds and fold_seed in both settings"
            )
        return network

    def _seen(self) -> tuple[Tensor, Tensor]:
        """The pictures to learn from, and their labels."""
        seen = ~self._material.unseen(self.seed)
        train = self._material.train
        pixels, labels = torch.from_numpy(train.pixels[seen]), torch.from_numpy(train.labels[seen])
        if len(labels) < self._settings.optimisation.batch:
            raise DataError(
                f"{self._settings.data}: {len(labels)} pictures to learn from are no batch", "Lower optimisation.batch"
            )
        return pixels, labels

    def _learn(self, learner: FaceLearner, pixels: Tensor, labels: Tensor, steps: int) -> None:
        batch = self._settings.optimisation.batch
        for step in range(self._done, steps):
            chosen = self._order[step * batch : (step + 1) * batch]
            value = learner.step(pixels[chosen], labels[chosen])
            self._done += 1
            self._loss += value
            self._progress.step(Step(self._name, learner.taken, learner.steps, value))
            if self._progress.stopping:
                self._save(learner)
            self._stop_if_asked()

    def _measure(self, learner: FaceLearner) -> None:
        """Dev, for whoever watches; nothing is chosen by it."""
        dev = self._material.dev
        with torch.autocast("cpu", torch.bfloat16, enabled=self._settings.optimisation.half_precision):
            said = face.read(learner.average, dev.pixels).argmax(1)
        measured = figures(LABELS, dev.labels, said)
        self._epoch += 1
        self._progress.note(
            f"{self._name}, epoch {self._epoch}: loss {self._loss / self._done:.3f}, "
            f"accuracy {measured.accuracy:.3f}, unweighted {measured.unweighted_accuracy:.3f} on {dev.split}"
        )
        self._done, self._loss = 0, 0.0

    def _stop_if_asked(self) -> None:
        if self._progress.stopping:
            raise Stopped

    def _save(self, learner: FaceLearner) -> None:
        self._folder.save_state(
            {
                "learner": learner.state(),
                "random": torch.get_rng_state(),
                "epoch": self._epoch,
                "done": self._done,
                "loss": self._loss,
                "order": self._order,
            }
        )

    def _go_on(self, learner: FaceLearner, state: Mapping[str, Any]) -> None:
        try:
            learner.restore(state["learner"])
        except (RuntimeError, ValueError, KeyError) as error:
            raise CheckpointError(
                f"the state in {self._folder.path} is of another version of the network", _REMEDY
            ) from error
        torch.set_rng_state(state["random"])
        self._epoch, self._done, self._loss = state["epoch"], state["done"], state["loss"]
        self._order = state["order"]
        self._progress.note(f"{self._name} goes on after step {learner.taken}")
