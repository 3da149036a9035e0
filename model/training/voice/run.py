"""The whole training of the voice network: cross-validated by person, then fitted to everybody."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any, Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model import encoder_checkpoint
from model.checkpoint import DataTerms
from model.emotions import NEUTRAL
from model.encoder_checkpoint import EncoderCard
from model.training.voice.fit import fit, masked
from model.training.voice.hearing import Heard, hear
from model.training.voice.settings import VoiceTraining
from model.voice.labels import BOREDOM, CALM, VOICE_LABELS, as_ekman

_TERMS: Final = (
    DataTerms(
        name="RAVDESS, spoken clips of the actors named in the figures (Livingstone and Russo 2018)",
        terms="CC BY-NC-SA 4.0",
    ),
    DataTerms(name="EmoDB, Berlin Database of Emotional Speech (Burkhardt et al. 2005)", terms="CC0-1.0"),
    DataTerms(name="resemblyzer, whose lower two layers are read and not stored here", terms="Apache-2.0"),
)
_WHAT: Final = "Says what a voice expresses, from how an utterance is spoken; acted emotions, English and German."


class Watcher(Protocol):
    """Who is told how it goes."""

    def done(self, what: str, number: int, total: int) -> None:
        """So many of so many are done."""

    def note(self, what: str) -> None:
        """Something a person should know."""


@dataclass(frozen=True, slots=True)
class Round:
    """One cross-validation.

    Attributes:
        seed: Of the networks, and of who is in which fold.
        logits: (N, K, 9) of every clip in every variation, by the network that does not know its speaker.
        folds: (N,) which network that is.
        figures: Unweighted accuracy and accuracy per set, over the clips themselves.
    """

    seed: int
    logits: Tensor
    folds: Tensor
    figures: dict[str, float]


def train(settings: VoiceTraining, watcher: Watcher) -> EncoderCard:
    """Cross-validate with every seed, fit the first seed's network to everybody, and write all of it to the results.

    `checkpoint/` is the encoder, `pool.npz` what the networks of the first seed say of people they do not know (for
    the training of the fusion), `figures.json` every figure.

    Raises:
        DataError: A set cannot be read.
        PartMissingError: resemblyzer is not installed.
    """
    torch.set_num_threads(settings.threads)
    heard = hear(settings, lambda number, total: watcher.done("listening to clips", number, total))
    rounds = [_cross_validated(heard, settings, seed, watcher) for seed in settings.seeds]
    figures = _summary(rounds) | {"people": sorted(set(heard.people.tolist()))}
    network = fit(heard, settings.network, settings.fit, settings.seeds[0])
    first = rounds[0]
    card = EncoderCard(
        reads="voice",
        what=_WHAT,
        labels=VOICE_LABELS,
        settings=settings.network.model_dump(),
        data=_TERMS,
        seed=first.seed,
        figures=figures,
        training=settings.model_dump(mode="json", exclude={"ravdess", "emodb", "results", "threads"}),
    )
    encoder_checkpoint.save(settings.results / "checkpoint", encoder_checkpoint.stored(network), card)
    _write_pool(settings.results / "pool.npz", heard, first)
    (settings.results / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")
    return card


def _cross_validated(heard: Heard, settings: VoiceTraining, seed: int, watcher: Watcher) -> Round:
    folds = _folds(heard.people, settings.folds, seed)
    logits = torch.empty(*heard.features.shape[:2], len(VOICE_LABELS))
    for fold in range(settings.folds):
        away = folds == fold
        network = fit(heard.of(~away), settings.network, settings.fit, seed)
        with torch.inference_mode():
            logits[away] = network(heard.features[away])
        watcher.done(f"seed {seed}, folds", fold + 1, settings.folds)
    figures = _figures(heard, logits[:, 0])
    watcher.note(f"seed {seed}: " + ", ".join(f"{name} {value:.3f}" for name, value in figures.items()))
    return Round(seed, logits, folds, figures)


def _folds(people: NDArray[np.str_], count: int, seed: int) -> Tensor:
    """(N,) the fold of each clip: the people of every set dealt out, so that each fold has some of each."""
    random = np.random.default_rng(seed)
    fold_of: dict[str, int] = {}
    names = sorted(set(people.tolist()))
    for prefix in sorted({name.partition("-")[0] for name in names}):
        own = random.permutation([name for name in names if name.startswith(prefix)])
        fold_of |= {str(name): place % count for place, name in enumerate(own)}
    return torch.tensor([fold_of[name] for name in people.tolist()])


def _figures(heard: Heard, logits: Tensor) -> dict[str, float]:
    said = masked(logits, heard.possible).argmax(-1)
    sets = np.array([name.partition("-")[0] for name in heard.people.tolist()])
    figures = {}
    for name in sorted(set(sets.tolist())):
        own = torch.from_numpy(sets == name)
        right, labels = (said == heard.labels)[own].double(), heard.labels[own]
        recalls = [float(right[labels == label].mean()) for label in sorted(set(labels.tolist()))]
        figures[f"{name}_unweighted_accuracy"] = mean(recalls)
        figures[f"{name}_accuracy"] = float(right.mean())
    return figures


def _summary(rounds: Sequence[Round]) -> dict[str, Any]:
    names = rounds[0].figures
    several = {name: [each.figures[name] for each in rounds] for name in names}
    return {
        name: {"mean": mean(values), "deviation": stdev(values) if len(values) > 1 else 0.0, "seeds": values}
        for name, values in several.items()
    }


def _write_pool(path: Path, heard: Heard, first: Round) -> None:
    """What was said of people whom the network did not know; boredom is left out, calm is neutral.

    The people of the first fold are `dev`: nothing that is trained on the others' vectors has met them.
    """
    variants = first.logits.shape[1]
    names = np.array([NEUTRAL if label == CALM else label for label in VOICE_LABELS])[heard.labels.numpy()]
    kept = names != BOREDOM
    part = np.where(first.folds.numpy() == 0, "dev", "train")
    repeated: Callable[[Any], Any] = lambda each: np.repeat(each[kept], variants)  # noqa: E731
    vectors = as_ekman(first.logits)[torch.from_numpy(kept)].flatten(0, 1)
    np.savez(path, features=vectors.numpy(), labels=repeated(names), people=repeated(heard.people), part=repeated(part))
