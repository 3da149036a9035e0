"""What an evaluation says: the measures of one split, and everything needed to repeat them."""

from typing import Literal

from pydantic import Field

from model.config import Config
from model.decision import Decision
from model.evaluation.bootstrap import LEVEL, RESAMPLES, Interval
from model.evaluation.breakdown import DistanceScores, LengthScores
from model.evaluation.machine import Machine
from model.evaluation.metrics import EmotionScores
from model.evaluation.reliability import ReliabilityBin
from model.modality import Modality

Delay = int | Literal["offline"]
"""Later utterances that may be read before a result counts; offline: as many as the network reads."""


class Provenance(Config):
    """Which weights were measured, and how."""

    weights_sha256: str = Field(description="Hash of the weights.")
    seed: int = Field(description="Seed they were trained with.")
    horizon: int = Field(ge=0, description="Later utterances that can still change a result.")
    decision: Decision = Field(description="Temperatures and threshold, fitted on dev.")
    unread: tuple[Modality, ...] = Field((), description="What the network can read and was not given.")


class Request(Config):
    """What was asked to be measured."""

    data: str = Field(description="Name of the file.")
    format: str = Field(description="Its format.")
    network: str = Field(description="The network that read it.")
    delay: Delay = Field(description="Later utterances that may be read before a result counts, or offline.")
    corrupt: float = Field(0.0, ge=0, le=1, description="Share of the words that were corrupted before reading.")
    seed: int = Field(0, ge=0, description="Seed of the corruption and of the resamples.")
    limit: int | None = Field(None, ge=1, description="Only so many conversations, the first; null for all.")
    resamples: int = Field(RESAMPLES, ge=1, description="Resamples of the conversations, for the intervals.")
    level: float = Field(LEVEL, gt=0, lt=1, description="Share of the resamples that lie inside the intervals.")


class Reliability(Config):
    """How often decisions of a probability were right."""

    emotion: tuple[ReliabilityBin, ...] = Field(description="The chosen emotion of every utterance.")
    pair: tuple[ReliabilityBin, ...] | None = Field(description="Every candidate; null without annotated pairs.")


class Evaluation(Config):
    """The measures of BENCHMARKS.md, section 1, as fractions; with machine, versions, weights and settings.

    Whatever is about pairs or causes is null where no pairs were annotated, and whatever is about probabilities where
    none came with the predictions.
    """

    pair_f1: float | None = None
    pair_precision: float | None = None
    pair_recall: float | None = None
    w_avg_6: float | None = None
    w_avg_4: float | None = None
    emotion_f1: float
    emotion_weighted_f1: float
    emotion_accuracy: float
    cause_f1: float | None = None
    per_emotion: dict[str, EmotionScores]
    calibration_error: float | None = Field(description="Of the chosen emotions' probabilities; 15 equal-width bins.")
    pair_calibration_error: float | None = Field(description="Of the candidates' probabilities; the same bins.")
    delay: Delay = Field(description="Later utterances that were read before a result counted; 0 is strictly causal.")
    conversations: int
    utterances: int
    pairs: int | None
    confidence: dict[str, Interval] = Field(description="Of the measures above; conversations resampled.")
    labels: tuple[str, ...] = Field(description="Of the rows and columns of the confusion matrix.")
    confusion: tuple[tuple[int, ...], ...] = Field(description="Utterances by annotated (row) and predicted emotion.")
    by_distance: dict[str, DistanceScores] | None = Field(
        description="Pairs by how many utterances the cause lies before the emotion; negative: later."
    )
    by_length: dict[str, LengthScores] = Field(description="Main figures by the conversation's number of utterances.")
    reliability: Reliability | None
    settings: Request
    checkpoint: Provenance
    machine: Machine
