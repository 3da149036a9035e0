"""One run per seed and per stage before them: trained, gone on with, or found finished."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from model import checkpoint
from model.errors import CheckpointError
from model.networks.offline import Reading
from model.training.board import Board
from model.training.card import make_card
from model.training.examples import Example
from model.training.folder import RunFolder
from model.training.learner import ENCODER, Learner
from model.training.lessons import Lessons
from model.training.losses import Loss, emotion_weights
from model.training.material import Material
from model.training.pictures import draw_best
from model.training.progress import Epoch, Progress
from model.training.settings import Optimisation, Stage, TrainSettings
from model.training.trainer import Trainer
from model.training.tuning import DevResult

Weights = dict[str, Tensor]

_SHARED = {"begin_from", "encoder", "encoder_weights", "evidence", "network", "objective", "presentation", "tables"}
"""The settings that every run depends on."""


@dataclass(frozen=True, slots=True)
class Run:
    """The outcome of one seed.

    Attributes:
        seed: Its seed.
        folder: Its checkpoint.
        dev: Its best epoch on dev.
    """

    seed: int
    folder: Path
    dev: DevResult


class Runs:
    """Trains what is not trained yet.

    Args:
        settings: Of the training.
        material: Encoders and examples.
        progress: Who is told how it goes.
        fresh: Train anew whatever is begun or finished.
    """

    def __init__(self, settings: TrainSettings, material: Material, progress: Progress, *, fresh: bool) -> None:
        self._settings, self._material, self._progress, self._fresh = settings, material, progress, fresh

    def stage(self, number: int, start: Weights | None) -> Weights:
        """The weights after a stage that the next training starts from, by name.

        Args:
            number: Which of the settings' stages.
            start: The weights before it; None: those published, and a network drawn at random.
        """
        stage, name = self._settings.stages[number], f"stage {self._settings.stages[number].name}"
        folder = self._folder(Path("stages") / stage.name, self._identity(number + 1))
        learned = folder.path / "learned.safetensors"
        if folder.finished():
            self._progress.note(f"{name} is trained already: {learned} is used again")
            return _handed_on(_read(learned), stage)
        with Board(folder.board, self._progress) as board:
            trainer = Trainer(name, self._settings, stage, stage.seed, folder, board)
            learn = self._material.of_stage(stage.data)
            lessons = Lessons(learn, self._material.dev)
            learner = trainer.run(partial(self._learner, stage, start, learn), lessons)
        with learner.averaged():
            _write(learned, learner.learned())
        folder.record(trainer.epochs, finished=True)
        return _handed_on(_read(learned), stage)

    def seed(self, seed: int, start: Weights | None) -> Run:
        """The run of one seed.

        Args:
            seed: Its number.
            start: The weights after the last stage; None without stages.
        """
        optimisation = self._settings.optimisation
        identity = self._identity(len(self._settings.stages)) | self._dump({"train", "dev", "optimisation"})
        folder = self._folder(Path(f"seed-{seed}"), identity | {"seed": seed})
        epochs = folder.finished()
        if epochs:
            self._progress.note(f"seed {seed} is finished: {folder.path} is left as it is; --fresh trains it anew")
            return _outcome(seed, folder, epochs)
        with Board(folder.board, self._progress) as board:
            trainer = Trainer(f"seed {seed}", self._settings, optimisation, seed, folder, board)
            lessons, keep = self._material.lessons, partial(self._keep, folder.path, seed)
            trainer.run(partial(self._learner, optimisation, start, lessons.learn), lessons, keep)
        folder.record(trainer.epochs, finished=True)
        return _outcome(seed, folder, trainer.epochs)

    def _keep(self, folder: Path, seed: int, learner: Learner, epoch: Epoch, readings: Sequence[Reading]) -> None:
        begun = self._material.begun
        encoder = learner.encoder if begun is None else begun.encoder  # the learner's is frozen as a whole
        card = make_card(self._settings, encoder, seed, epoch, None if begun is None else begun.card)
        checkpoint.save(folder / "checkpoint", encoder, learner.network, card)
        if self._settings.pictures:
            draw_best(self._material.dev, readings, self._settings.network.labels, epoch.dev.decision, folder)

    def _learner(
        self, optimisation: Optimisation, start: Weights | None, learn: Sequence[Example], steps: int
    ) -> Learner:
        network, objective = self._settings.network, self._settings.objective
        loss = Loss(objective, emotion_weights(learn, len(network.labels), objective))
        normalisations = self._material.normalisations
        learner = Learner(self._material.encoder(), network, optimisation, loss, steps, normalisations)
        if self._material.begun is not None:
            learner.hold(self._material.begun.network.state_dict())
        if start is not None:
            _start(learner, start)
        return learner

    def _folder(self, path: Path, identity: dict[str, Any]) -> RunFolder:
        folder = RunFolder(self._settings.results / path, identity)
        if self._fresh:
            folder.forget()
        return folder

    def _identity(self, stages: int) -> dict[str, Any]:
        """The settings that decide the weights after so many stages."""
        return self._dump(_SHARED) | {"stages": self._dump({"stages"})["stages"][:stages]}

    def _dump(self, names: set[str]) -> dict[str, Any]:
        idle = None if self._settings.beyond_words else {"presentation": {"modality_dropout"}}
        return self._settings.model_dump(mode="json", include=names, exclude=idle)


def _start(learner: Learner, weights: Weights) -> None:
    try:
        learner.start_from(weights)
    except RuntimeError as error:
        raise CheckpointError(
            "the last stage was trained with another version of the network", "Train it anew with --fresh"
        ) from error


def _handed_on(weights: Weights, stage: Stage) -> Weights:
    if stage.hands_on == "everything":
        return weights
    return {name: tensor for name, tensor in weights.items() if name.startswith(ENCODER)}


def _outcome(seed: int, folder: RunFolder, epochs: Sequence[Epoch]) -> Run:
    return Run(seed, folder.path / "checkpoint", max((e.dev for e in epochs), key=lambda dev: dev.selection))


def _write(path: Path, weights: Weights) -> None:
    part = path.with_suffix(".part")
    save_file(weights, part)
    part.replace(path)


def _read(path: Path) -> Weights:
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path} cannot be read", "Train it anew with --fresh") from error
