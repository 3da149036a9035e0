"""Figures of a split's parts: causes near and far, conversations short and long."""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from model.config import Config
from model.conversation import Conversation
from model.evaluation.bootstrap import Interval, interval
from model.evaluation.counts import DISTANCES, Counted, Counts, PairCounts
from model.evaluation.metrics import measures

LENGTHS: dict[str, int] = {"1-5": 1, "6-10": 6, "11-15": 11, "16+": 16}
"""Utterances of a conversation, by the least of each group."""


class DistanceScores(Config):
    """Pairs whose cause lies equally far before or after the emotion."""

    gold: int = Field(description="Annotated pairs.")
    predicted: int = Field(description="Emitted pairs.")
    correct: int = Field(description="Emitted pairs that are annotated.")
    precision: float
    recall: float
    f1: float
    confidence: Interval = Field(description="Of F1.")


class LengthScores(Config):
    """Conversations of about the same number of utterances."""

    conversations: int
    utterances: int
    pairs: int | None = Field(description="Like all of pairs, null where no pairs were annotated.")
    pair_f1: float | None = None
    w_avg_6: float | None = None
    emotion_weighted_f1: float
    emotion_accuracy: float


def by_distance(counts: PairCounts, weights: Counted) -> dict[str, DistanceScores]:
    """Pairs by how many utterances the cause lies before the emotion; negative: the cause is later.

    Args:
        counts: Of D conversations.
        weights: (R, D) resamples of them, for the intervals.
    """
    total = counts.by_distance.sum(axis=0)
    drawn = counts.by_distance.weighted(weights).f1
    return {
        distance: DistanceScores(
            gold=int(total.gold[index]),
            predicted=int(total.predicted[index]),
            correct=int(total.correct[index]),
            precision=float(total.precision[index]),
            recall=float(total.recall[index]),
            f1=float(total.f1[index]),
            confidence=interval(drawn[:, index]),
        )
        for index, distance in enumerate(DISTANCES)
    }


def by_length(gold: Sequence[Conversation], counts: Counts, labels: Sequence[str]) -> dict[str, LengthScores]:
    """The main figures of short and long conversations.

    Args:
        gold: D annotated conversations.
        counts: What was counted of each.
        labels: Names of the classes.
    """
    lengths = np.array([len(conversation.utterances) for conversation in gold])
    group = np.searchsorted(list(LENGTHS.values())[1:], lengths, side="right")  # (D,)
    members = (group == np.arange(len(LENGTHS))[:, None]).astype(np.int64)  # (4, D)
    sums = counts.weighted(members)
    figures = {name: values.tolist() for name, values in measures(sums, labels).items() if name in _MAIN}
    return {
        name: LengthScores(
            conversations=int(members[index].sum()),
            utterances=int(sums.emotions[index].sum()),
            pairs=int(sums.pairs.pairs.gold[index]) if sums.pairs else None,
            **{measure: values[index] for measure, values in figures.items()},
        )
        for index, name in enumerate(LENGTHS)
    }


_MAIN = frozenset(LengthScores.model_fields)
