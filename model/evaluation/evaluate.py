"""`undertone evaluate`: a checkpoint held against an annotated file, with everything needed to repeat the figure."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from model import checkpoint as checkpoints
from model.checkpoint import Card, Checkpoint
from model.config import Config
from model.conversation import Conversation, Pair
from model.datasets import ecf
from model.decision import Decision
from model.errors import SettingsError
from model.evaluation.machine import Machine, this_machine
from model.evaluation.metrics import EmotionScores, Scores, calibration_error, score
from model.networks.predict import Prediction, predict

FORMATS = ("ecf",)
NETWORKS = ("mtml",)


class Provenance(Config):
    """Which weights were measured, and how."""

    weights_sha256: str = Field(description="Hash of the weights.")
    seed: int = Field(description="Seed they were trained with.")
    decision: Decision = Field(description="Temperatures and threshold, fitted on dev.")


class Request(Config):
    """What was asked to be measured."""

    data: str = Field(description="Name of the file.")
    format: str = Field(description="Its format.")
    network: str = Field(description="The network that read it.")
    delay: int = Field(ge=0, description="Later utterances that may be read before a result counts.")


class Evaluation(Config):
    """The measures of BENCHMARKS.md, section 1, as fractions; with machine, versions, weights and settings."""

    pair_f1: float
    pair_precision: float
    pair_recall: float
    w_avg_6: float
    w_avg_4: float
    emotion_f1: float
    emotion_weighted_f1: float
    emotion_accuracy: float
    cause_f1: float
    per_emotion: dict[str, EmotionScores]
    calibration_error: float = Field(description="Of the chosen emotions' probabilities; 15 equal-width bins.")
    pair_calibration_error: float = Field(description="Of the candidates' probabilities; 15 equal-width bins.")
    delay: int = Field(description="Later utterances that were read before a result counted; 0 is strictly causal.")
    conversations: int
    utterances: int
    pairs: int
    settings: Request
    checkpoint: Provenance
    machine: Machine


def evaluate(
    data: Path,
    *,
    data_format: str = "ecf",
    network: str = "mtml",
    delay: int = 0,
    checkpoint: Path = checkpoints.SHIPPED,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Evaluation:
    """Measure a checkpoint on a file; annotations are compared with what the network says, and read by nothing else.

    Args:
        data: An annotated file.
        data_format: One of `FORMATS`.
        network: One of `NETWORKS`.
        delay: How many later utterances may be read before a result counts.
        checkpoint: Folder of the weights.
        progress: Told how many conversations are done, and of how many.

    Raises:
        SettingsError: There is no such format or network, or the network cannot work at that delay.
        DataError: The file is not of that format.
        CheckpointError: The weights cannot be read.
    """
    _require("format", data_format, FORMATS)
    _require("network", network, NETWORKS)
    gold = ecf.load(data)
    loaded = checkpoints.load(checkpoint)
    _require_delay(delay, loaded.card)
    return measure(gold, loaded, Request(data=data.name, format=data_format, network=network, delay=delay), progress)


def measure(
    gold: Sequence[Conversation], loaded: Checkpoint, request: Request, progress: Callable[[int, int], None]
) -> Evaluation:
    """The same for conversations and weights at hand."""
    predictions = _predict(gold, loaded, progress)
    return Evaluation(
        **_measures(score(gold, [prediction.conversation for prediction in predictions])),
        calibration_error=emotion_calibration_error(gold, predictions),
        pair_calibration_error=pair_calibration_error(gold, predictions),
        delay=request.delay,
        settings=request,
        checkpoint=_provenance(loaded.card),
        machine=this_machine(),
    )


def emotion_calibration_error(gold: Sequence[Conversation], predictions: Sequence[Prediction]) -> float:
    """How far the probability of the chosen emotion is from the share of right choices."""
    chosen = [row.max().item() for prediction in predictions for row in prediction.emotions]
    right = [
        true == said
        for conversation, prediction in zip(gold, predictions, strict=True)
        for true, said in zip(conversation.emotions or (), prediction.conversation.emotions or (), strict=True)
    ]
    return calibration_error(chosen, right)


def pair_calibration_error(gold: Sequence[Conversation], predictions: Sequence[Prediction]) -> float:
    """How far the candidates' probabilities are from the share of candidates that are causes."""
    chances = [chance for prediction in predictions for chance in prediction.pairs.tolist()]
    true = [
        Pair(emotion, cause) in (conversation.pairs or ())
        for conversation, prediction in zip(gold, predictions, strict=True)
        for emotion, cause in prediction.candidates.tolist()
    ]
    return calibration_error(chances, true)


def _predict(
    conversations: Sequence[Conversation], loaded: Checkpoint, progress: Callable[[int, int], None]
) -> list[Prediction]:
    predictions: list[Prediction] = []
    for conversation in conversations:
        predictions += predict([conversation], loaded.encoder, loaded.network, loaded.card.decision)
        progress(len(predictions), len(conversations))
    return predictions


def _measures(scores: Scores) -> dict[str, Any]:
    names = [field.name for field in dataclasses.fields(scores)]
    return {name: getattr(scores, name) for name in names}


def _provenance(card: Card) -> Provenance:
    return Provenance(weights_sha256=card.weights_sha256, seed=card.seed, decision=card.decision)


def _require(option: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise SettingsError(f"there is no {option} {value!r} to evaluate", f"Choose --{option} {' or '.join(known)}")


def _require_delay(delay: int, card: Card) -> None:
    horizon = card.network_settings.cause_horizon
    if delay != horizon:
        raise SettingsError(
            f"a delay of {delay} utterances was asked for, but the network reads {horizon} later ones",
            f"Leave --delay out or give --delay {horizon}",
        )
