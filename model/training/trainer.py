"""One run: epochs of steps, each epoch measured on dev, its state kept so that it can go on after an interruption."""

import time
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import torch

from model.errors import CheckpointError
from model.networks.offline import Reading
from model.training.batches import plan
from model.training.examples import present
from model.training.folder import RunFolder, as_json, from_json
from model.training.learner import Learner
from model.training.lessons import Lessons
from model.training.pictures import draw_curves
from model.training.progress import Epoch, Progress, Step, Stopped
from model.training.settings import Optimisation, TrainSettings
from model.training.tuning import judge, tune

Best = Callable[[Learner, Epoch, Sequence[Reading]], None]
"""Called while the learner's weights are those of the best epoch so far, with what they say about dev."""


class Trainer:
    """Takes a learner through its epochs.

    The same seed, settings and number of threads give the same weights on a CPU, interrupted or not.

    Args:
        name: Of the run, for whoever watches.
        settings: Of the whole training.
        optimisation: Of this run.
        seed: Of its order, its presentation and its dropout.
        folder: Where its state is kept.
        progress: Who is told.

    Raises:
        SettingsError: The folder holds a run of other settings.
        CheckpointError: The folder's state is corrupt.
    """

    def __init__(
        self,
        name: str,
        settings: TrainSettings,
        optimisation: Optimisation,
        seed: int,
        folder: RunFolder,
        progress: Progress,
    ) -> None:
        self._name, self._settings, self._optimisation = name, settings, optimisation
        self._folder, self._progress = folder, progress
        self._seed, self._random = seed, Random(seed)
        self._epochs: list[Epoch] = []
        self._done = 0  # batches of the current epoch
        self._loss = 0.0  # their sum
        self._saved_s = time.monotonic()
        self._begun = folder.read_state()

    def run(
        self,
        new_learner: Callable[[int], Learner],
        lessons: Lessons,
        best: Best = lambda _learner, _epoch, _readings: None,
    ) -> Learner:
        """Train to the end, or on to the end.

        Args:
            new_learner: Makes who learns, given the number of steps.
            lessons: What to learn from and to measure on.
            best: What to do with the best epoch.

        Returns:
            The learner after the last step.

        Raises:
            Stopped: It was asked to stop; the state is saved.
            CheckpointError: The folder's state is of another version of the network.
        """
        batches = plan(lessons.learn, self._optimisation, self._random)
        torch.manual_seed(self._seed)
        learner = new_learner(sum(map(len, batches)))
        if self._begun is not None:
            self._go_on(learner, self._begun)
        self._folder.begin(self._settings.model_dump(mode="json"))
        while not self._over():
            self._learn(learner, lessons, batches[len(self._epochs)])
            self._measure(learner, lessons, best)
            if self._settings.pictures:
                draw_curves(self._epochs, self._folder.path / "curves.png")
            self._save(learner)
            self._folder.record(self._epochs, finished=False)
            self._stop_if_asked()
        return learner

    @property
    def epochs(self) -> tuple[Epoch, ...]:
        """What was measured so far."""
        return tuple(self._epochs)

    def _over(self) -> bool:
        count, patience = len(self._epochs), self._optimisation.patience
        best = max((epoch.number for epoch in self._epochs if epoch.best), default=0)
        return count == self._optimisation.epochs or (patience > 0 and count - best >= patience)

    def _learn(self, learner: Learner, lessons: Lessons, batches: Sequence[Sequence[int]]) -> None:
        for positions in batches[self._done :]:
            shown = [lessons.varied(lessons.learn[i], self._random) for i in positions]
            batch = present(shown, self._settings.presentation, self._random)
            value = learner.step(batch)
            self._done += 1
            self._loss += value
            self._progress.step(Step(self._name, learner.taken, learner.steps, value))
            if self._progress.stopping or time.monotonic() - self._saved_s >= self._settings.save_every_s:
                self._save(learner)
            self._stop_if_asked()

    def _measure(self, learner: Learner, lessons: Lessons, best: Best) -> None:
        """Dev as written, which selects, and pair F1 on dev as a recogniser writes it."""
        dev, labels = lessons.dev, self._settings.network.labels
        with learner.averaged():
            written = [learner.read(e.written, e.named, e.sensed) for e in dev]
            result = tune(dev, written, labels, lessons.decision)
            recognised = judge(
                dev, [learner.read(e.recognised, e.named, e.sensed) for e in dev], labels, result.decision
            )
            better = all(result.selection > earlier.dev.selection for earlier in self._epochs)
            number, loss = len(self._epochs) + 1, self._loss / self._done
            epoch = Epoch(self._name, number, loss, result, recognised.pair_f1, better)
            if better:
                best(learner, epoch, written)
        self._epochs.append(epoch)
        self._done, self._loss = 0, 0.0
        self._progress.epoch(epoch)

    def _stop_if_asked(self) -> None:
        if self._progress.stopping:
            raise Stopped

    def _save(self, learner: Learner) -> None:
        self._folder.save_state(
            {
                "learner": learner.state(),
                "random": self._random.getstate(),
                "torch_random": torch.get_rng_state(),
                "cuda_random": torch.cuda.get_rng_state_all(),
                "epochs": as_json(self._epochs),
                "done": self._done,
                "loss": self._loss,
            }
        )
        self._saved_s = time.monotonic()

    def _go_on(self, learner: Learner, state: Mapping[str, Any]) -> None:
        try:
            learner.restore(state["learner"])
        except (RuntimeError, ValueError, KeyError) as error:
            raise CheckpointError(
                f"the state in {self._folder.path} is of another version of the network",
                "Give another results folder, or train anew with --fresh",
            ) from error
        self._random.setstate(state["random"])
        torch.set_rng_state(state["torch_random"])
        torch.cuda.set_rng_state_all(state["cuda_random"])
        self._epochs = list(from_json(state["epochs"]))
        self._done, self._loss = state["done"], state["loss"]
        self._progress.note(f"{self._name} goes on after step {learner.taken}")
