"""The training run: several seeds, each selected on dev, and the best of them named."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from model import checkpoint
from model.datasets import ecf
from model.encoders import minilm
from model.encoders.minilm import MiniLM
from model.networks.mtml import MTML
from model.networks.offline import OfflinePass, Reading
from model.training.averaging import WeightAverage
from model.training.card import make_card
from model.training.examples import Example, Words, prepare, present
from model.training.losses import loss
from model.training.settings import Optimisation, TrainSettings
from model.training.tuning import DevResult, judge, tune

_ENCODED_AT_ONCE = 24


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the optimiser, for whoever watches.

    Attributes:
        seed: Whose run.
        number: From 1.
        total: Steps of the run.
        loss: Of this step's batch.
    """

    seed: int
    number: int
    total: int
    loss: float


@dataclass(frozen=True, slots=True)
class Epoch:
    """The end of one epoch, for whoever watches.

    Attributes:
        seed: Whose run.
        number: From 1.
        loss: Mean over the epoch.
        dev: On dev, with averaged weights, rounded as they are stored.
        recognised_pair_f1: Pair F1 on dev when its texts have neither case nor punctuation.
        best: Whether it is the best epoch of its run so far; then its checkpoint was saved.
    """

    seed: int
    number: int
    loss: float
    dev: DevResult
    recognised_pair_f1: float
    best: bool


class Progress(Protocol):
    """Who is told how training goes."""

    def step(self, step: Step) -> None:
        """A step was taken."""

    def epoch(self, epoch: Epoch) -> None:
        """An epoch ended and was measured."""


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


def train(
    settings: TrainSettings, progress: Progress, new_encoder: Callable[[minilm.Settings], MiniLM] = minilm.create
) -> tuple[Run, ...]:
    """Train every seed.

    Args:
        settings: What to do.
        progress: Who is told how it goes.
        new_encoder: Makes the encoder with its published weights, once per seed.

    Returns:
        One run per seed, the best on dev first.

    Raises:
        DataError: A data file cannot be read.
        CheckpointError: The encoder's published weights are missing or broken.
    """
    torch.set_num_threads(settings.threads)
    to_learn, to_select = ecf.load(settings.train), ecf.load(settings.dev)
    encoder = new_encoder(settings.encoder)
    learn = prepare(to_learn, encoder, settings.network, torch.float16)
    dev = prepare(to_select, encoder, settings.network)
    runs = [
        _Trainer(settings, seed, new_encoder(settings.encoder), learn, dev).run(progress) for seed in settings.seeds
    ]
    return tuple(sorted(runs, key=lambda run: -run.dev.selection))


class _Trainer:
    """One seed's run."""

    def __init__(
        self, settings: TrainSettings, seed: int, encoder: MiniLM, learn: Sequence[Example], dev: Sequence[Example]
    ) -> None:
        torch.manual_seed(seed)
        self._settings = settings
        self._seed = seed
        self._learn, self._dev = list(learn), dev
        self._random = Random(seed)
        self._encoder = encoder
        self._network = MTML(settings.network)
        self._read = OfflinePass(self._network)
        self._probe = nn.Linear(encoder.features, len(settings.network.labels))
        trained = nn.ModuleList((self._network, self._probe))
        self._optimiser = _optimiser(self._encoder, trained, settings.optimisation)
        self._parameters = [p for group in self._optimiser.param_groups for p in group["params"]]
        self._average = WeightAverage(self._parameters, settings.optimisation.averaging)
        self._steps = settings.optimisation.epochs * math.ceil(len(learn) / settings.optimisation.batch)
        self._schedule = LambdaLR(self._optimiser, lambda step: _rate(step, self._steps, settings.optimisation.warm_up))
        self._taken = 0
        self._folder = settings.results / f"seed-{seed}"

    def run(self, progress: Progress) -> Run:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "settings.json").write_text(self._settings.model_dump_json(indent=2))
        measured: list[DevResult] = []
        epochs: list[dict[str, object]] = []
        for number in range(1, self._settings.optimisation.epochs + 1):
            mean_loss = self._epoch(progress)
            with self._average.applied():
                dev, recognised = self._measure()
                better = all(dev.selection > earlier.selection for earlier in measured)
                if better:
                    self._save(dev, number)
            measured.append(dev)
            epoch = Epoch(self._seed, number, mean_loss, dev, recognised, better)
            epochs.append(_as_json(epoch))
            (self._folder / "epochs.json").write_text(json.dumps(epochs, indent=1))
            progress.epoch(epoch)
        return Run(self._seed, self._folder / "checkpoint", max(measured, key=lambda dev: dev.selection))

    def _epoch(self, progress: Progress) -> float:
        self._network.train()
        for layer in self._encoder.tuned_layers():
            layer.train()
        total = 0.0
        batches = list(self._batches())
        for examples in batches:
            value = self._step(examples)
            total += value
            progress.step(Step(self._seed, self._taken, self._steps, value))
        return total / len(batches)

    def _batches(self) -> Iterator[list[Example]]:
        size = self._settings.optimisation.batch
        self._random.shuffle(self._learn)
        return (self._learn[start : start + size] for start in range(0, len(self._learn), size))

    def _step(self, examples: Sequence[Example]) -> float:
        optimisation = self._settings.optimisation
        batch = present(examples, self._settings.presentation, self._random)
        with torch.autocast("cpu", torch.bfloat16, enabled=optimisation.half_precision):
            features = _encode(self._encoder, batch.words)
        reading = self._read(features, batch.graph)
        value = loss(reading, self._probe(features), batch, self._settings.objective)
        self._optimiser.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        clip_grad_norm_(self._parameters, optimisation.gradient_norm)
        self._optimiser.step()
        self._schedule.step()
        self._average.update()
        self._taken += 1
        return value.item()

    def _measure(self) -> tuple[DevResult, float]:
        """Dev as written, which selects, and pair F1 on dev as a recogniser writes it."""
        self._network.eval()
        self._encoder.eval()
        labels = self._settings.network.labels
        dev = tune(self._dev, self._readings([e.written for e in self._dev]), labels)
        recognised = judge(self._dev, self._readings([e.recognised for e in self._dev]), labels, dev.decision)
        return dev, recognised.pair_f1

    @torch.inference_mode()
    def _readings(self, words: Sequence[Words]) -> list[Reading]:
        return [self._read(_encode(self._encoder, w), e.named) for w, e in zip(words, self._dev, strict=True)]

    def _save(self, dev: DevResult, epoch: int) -> None:
        card = make_card(self._settings, self._encoder, self._seed, epoch, dev)
        checkpoint.save(self._folder / "checkpoint", self._encoder, self._network, card)


def _encode(encoder: MiniLM, words: Words) -> Tensor:
    """Features (N, F) of all utterances, encoded shortest first so that little of a batch is padding."""
    order = sorted(range(len(words.states)), key=lambda i: words.states[i].shape[0])
    parts = []
    for start in range(0, len(order), _ENCODED_AT_ONCE):
        chosen = order[start : start + _ENCODED_AT_ONCE]
        parts.append(encoder.read([words.states[i].float() for i in chosen], [words.own[i] for i in chosen]))
    return torch.cat(parts)[torch.tensor(order).argsort()]


def _optimiser(encoder: MiniLM, network: nn.Module, optimisation: Optimisation) -> AdamW:
    tuned = [p for layer in encoder.tuned_layers() for p in layer.parameters()]
    groups = [
        {"params": chosen, "lr": rate, "weight_decay": decay}
        for parameters, rate in (
            (tuned, optimisation.encoder_rate),
            (list(network.parameters()), optimisation.network_rate),
        )
        for chosen, decay in (
            ([p for p in parameters if p.ndim > 1], optimisation.weight_decay),
            ([p for p in parameters if p.ndim <= 1], 0.0),
        )
        if chosen
    ]
    return AdamW(groups)


def _rate(step: int, steps: int, warm_up: float) -> float:
    """Linear rise, then linear fall to zero; share of the peak rate."""
    rise = warm_up * steps
    return (step + 1) / rise if step + 1 < rise else max(0.0, (steps - step) / max(1.0, steps - rise))


def _as_json(epoch: Epoch) -> dict[str, object]:
    dev = asdict(epoch.dev.scores) | {
        "decision": epoch.dev.decision.model_dump(),
        "emotion_calibration_error": epoch.dev.emotion_calibration_error,
        "pair_calibration_error": epoch.dev.pair_calibration_error,
        "selection": epoch.dev.selection,
    }
    return {
        "seed": epoch.seed,
        "epoch": epoch.number,
        "loss": epoch.loss,
        "recognised_pair_f1": epoch.recognised_pair_f1,
        "best": epoch.best,
        "dev": dev,
    }
