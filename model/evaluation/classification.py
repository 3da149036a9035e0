"""How well single things are told apart by their emotion: clips of a voice, pictures of a face."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from model.config import Config
from model.encoder_checkpoint import EncoderCard
from model.evaluation.machine import Machine, this_machine

Progress = Callable[[int, int], None]
"""Told how many things are done, and of how many."""


class ClassScores(Config):
    """How well one emotion is told."""

    recall: float | None = Field(description="Share of those that have this emotion for which it is said; null: none.")
    precision: float | None = Field(description="Share of those for which it is said that have it; null: none.")
    count: int = Field(ge=0, description="How many have it.")
    said: int = Field(ge=0, description="For how many it is said.")


class Figures(Config):
    """What was counted, and the shares of it."""

    unweighted_accuracy: float = Field(description="Mean of the recalls of the emotions that occur.")
    accuracy: float = Field(description="Share for which the right emotion is said.")
    per_class: dict[str, ClassScores]
    count: int = Field(ge=1, description="How many things were measured on.")
    labels: tuple[str, ...] = Field(description="Of the rows and columns of the confusion matrix.")
    confusion: tuple[tuple[int, ...], ...] = Field(description="Things by annotated (row) and said emotion.")


class Measured(Config):
    """What was asked to be measured."""

    part: Literal["voice", "face"] = Field(description="Which encoder.")
    data: str = Field(description="Name of the folder or file.")
    set: str = Field(description="Which data set it was understood as.")
    split: str = Field("", description="Which pair of arrays in the file; empty where there is no choice.")
    people: int | None = Field(None, ge=1, description="How many people are in it; null where the set does not tell.")
    learned_from: int | None = Field(
        None, ge=0, description="From how many of these people the encoder learned; null where nobody can tell."
    )


class Provenance(Config):
    """Which weights were measured."""

    weights_sha256: str = Field(description="Hash of the weights.")
    seed: int = Field(description="Seed they were trained with.")
    labels: tuple[str, ...] = Field(description="What the encoder tells apart; of these, those of the set were asked.")
    settings: dict[str, Any] = Field(description="Sizes of the network.")


class Classification(Figures):
    """The figures of one encoder on one set; with machine, versions, weights and settings."""

    settings: Measured
    checkpoint: Provenance
    machine: Machine


def figures(labels: Sequence[str], true: NDArray[np.integer], said: NDArray[np.integer]) -> Figures:
    """The figures of N decisions.

    Args:
        labels: Names of the C classes.
        true: (N,) places in `labels`; N is at least 1.
        said: (N,) places in `labels`.
    """
    counts = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(counts, (true, said), 1)
    return Figures(
        unweighted_accuracy=float(np.mean([counts[i, i] / n for i, n in enumerate(counts.sum(1)) if n])),
        accuracy=float(counts.trace() / counts.sum()),
        per_class={label: _scores(counts, place) for place, label in enumerate(labels)},
        count=int(counts.sum()),
        labels=tuple(labels),
        confusion=tuple(map(tuple, counts.tolist())),
    )


def report(counted: Figures, asked: Measured, card: EncoderCard) -> Classification:
    """The figures with everything needed to repeat them."""
    return Classification(
        **{name: getattr(counted, name) for name in Figures.model_fields},
        settings=asked,
        checkpoint=Provenance(
            weights_sha256=card.weights_sha256, seed=card.seed, labels=card.labels, settings=card.settings
        ),
        machine=this_machine(),
    )


def _scores(counts: NDArray[np.int64], place: int) -> ClassScores:
    right, count, said = int(counts[place, place]), int(counts[place].sum()), int(counts[:, place].sum())
    return ClassScores(
        recall=right / count if count else None, precision=right / said if said else None, count=count, said=said
    )
