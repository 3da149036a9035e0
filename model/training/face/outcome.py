"""What comes out of a training of the face network: figures on its cards, and what it says of faces it has not seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from model.checkpoint import DataTerms
from model.encoder_checkpoint import EncoderCard
from model.evaluation import face
from model.evaluation.classification import Figures, figures
from model.face import weights
from model.face.network import LABELS, FaceNetwork
from model.label_names import in_ekman_order, to_ekman
from model.training.face.material import Material

_WHAT: Final = "Says what a face expresses, from a grey picture of 48 by 48 pixels; seven emotions."
_DATA: Final = DataTerms(name="FER2013 (Goodfellow et al. 2013), its part for training", terms="none stated; research")
_DIGITS: Final = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """One seed's network, held against pictures it did not learn from.

    Attributes:
        seed: Its seed.
        folder: Its checkpoint.
        dev: On the pictures that no seed saw.
        unseen: On those that this seed alone did not see.
    """

    seed: int
    folder: Path
    dev: Figures
    unseen: Figures


@dataclass(frozen=True, slots=True)
class _Reading:
    """A network as it is stored, and what it says: (N, 7) logits of dev and of the pictures it did not see."""

    seed: int
    folder: Path
    network: FaceNetwork
    card: EncoderCard
    of_dev: NDArray[np.float32]
    of_unseen: NDArray[np.float32]


def first_card(network: FaceNetwork, seed: int, training: Mapping[str, JsonValue]) -> EncoderCard:
    """The card of a network that was not measured yet."""
    return EncoderCard(
        reads="face",
        what=_WHAT,
        labels=LABELS,
        settings=network.settings.model_dump(mode="json"),
        data=(_DATA,),
        seed=seed,
        figures={},
        training=dict(training),
    )


def conclude(material: Material, checkpoints: Mapping[int, Path], pool: Path) -> tuple[Outcome, ...]:
    """Measure every seed's network as it is stored, write the figures of all on every card, and write the pool.

    Args:
        material: The pictures.
        checkpoints: By seed; the first one's network speaks of dev in the pool.
        pool: The file for the pool, as `model.datasets.evidence_pools` reads it.

    Returns:
        One outcome per seed.

    Raises:
        CheckpointError: A network cannot be read.
    """
    readings = [_read(seed, folder, material) for seed, folder in checkpoints.items()]
    outcomes = tuple(_outcome(reading, material) for reading in readings)
    features, labels, people, part = _pooled(readings, material)
    told = _figures(outcomes)
    for reading in readings:
        weights.save(reading.folder, reading.network, reading.card.model_copy(update={"figures": told}))
    np.savez(pool, features=features, labels=labels, people=people, part=part)
    return outcomes


def _read(seed: int, folder: Path, material: Material) -> _Reading:
    network, card = weights.load(folder)
    folded = network.folded()
    unseen = material.train.pixels[material.unseen(seed)]
    return _Reading(seed, folder, network, card, face.read(folded, material.dev.pixels), face.read(folded, unseen))


def _outcome(reading: _Reading, material: Material) -> Outcome:
    unseen = material.train.labels[material.unseen(reading.seed)]
    return Outcome(
        reading.seed,
        reading.folder,
        dev=figures(LABELS, material.dev.labels, reading.of_dev.argmax(1)),
        unseen=figures(LABELS, unseen, reading.of_unseen.argmax(1)),
    )


def _figures(outcomes: Sequence[Outcome]) -> dict[str, JsonValue]:
    """Accuracies of all seeds, on dev and on what each did not see."""
    told: dict[str, JsonValue] = {"seeds": [outcome.seed for outcome in outcomes]}
    for where in ("dev", "unseen"):
        for name in ("accuracy", "unweighted_accuracy"):
            values = [round(getattr(getattr(outcome, where), name), _DIGITS) for outcome in outcomes]
            told[f"{where}_{name}"] = {
                "mean": round(mean(values), _DIGITS),
                "deviation": round(stdev(values), _DIGITS) if len(values) > 1 else 0.0,
                "seeds": list(values),
            }
    return told


def _pooled(
    readings: Sequence[_Reading], material: Material
) -> tuple[NDArray[np.float32], NDArray[np.str_], NDArray[np.str_], NDArray[np.str_]]:
    """(N, 7) evidence, labels, people and part: every picture is a person of its own, for the set does not tell.

    Each seed's network speaks of the pictures for training that it did not see, the first one's of dev.
    """
    places = to_ekman(LABELS)
    unseen = [material.unseen(reading.seed).nonzero()[0] for reading in readings]
    logits = [*(reading.of_unseen for reading in readings), readings[0].of_dev]
    labels = np.concatenate([material.train.labels[np.concatenate(unseen)], material.dev.labels])
    people = [f"fer2013-train-{number}" for number in np.concatenate(unseen)]
    of_dev = [f"fer2013-dev-{number}" for number in range(len(material.dev.labels))]
    part = np.repeat(["train", "dev"], [len(people), len(of_dev)])
    return (
        in_ekman_order(np.concatenate(logits), places),
        np.array(LABELS)[labels],
        np.array([*people, *of_dev]),
        part,
    )
