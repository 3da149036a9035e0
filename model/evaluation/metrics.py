"""The measures of emotion-cause pair extraction, as NUSTM/MECPE and SemEval-2024 Task 3 define them.

All sums run over the whole split (micro over conversations). A ratio whose denominator is zero is 0. Later causes count
as gold. Each measure is written once, for as many sums of counts as there are: a split, its parts, or its resamples.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.conversation import Conversation
from model.emotions import EKMAN_LABELS, NEUTRAL
from model.evaluation.counts import Counted, Counts, Figures, PairCounts, Ratio, count, share
from model.evaluation.reliability import calibration_error

__all__ = ["EmotionScores", "Scores", "calibration_error", "measures", "score", "scores_per_emotion"]

FREQUENT_EMOTIONS = frozenset({"anger", "joy", "sadness", "surprise"})
"""The emotions of w-avg-4: without disgust and fear, which are rare."""


@dataclass(frozen=True, slots=True)
class EmotionScores:
    """How well one label is recognised (utterances) and explained (pairs whose emotion must match too).

    Attributes:
        f1: Of the utterances.
        precision: Of the utterances.
        recall: Of the utterances.
        utterances: How many have this label.
        pair_f1: Of the pairs; like all that follow, None where no pairs were annotated.
        pair_precision: Of the pairs.
        pair_recall: Of the pairs.
        pairs: How many have this label.
    """

    f1: float
    precision: float
    recall: float
    utterances: int
    pair_f1: float | None
    pair_precision: float | None
    pair_recall: float | None
    pairs: int | None


@dataclass(frozen=True, slots=True)
class Scores:
    """Every measure of one split.

    Attributes:
        pair_f1: Micro F1 of (conversation, emotion utterance, cause utterance).
        pair_precision: Share of emitted pairs that are gold.
        pair_recall: Share of gold pairs that were emitted.
        w_avg_6: F1 of pairs whose emotion matches too, per emotion, weighted by the six emotions' gold pair counts.
        w_avg_4: The same over anger, joy, sadness and surprise, weights renormalised.
        emotion_f1: Binary F1 of "not neutral".
        emotion_weighted_f1: F1 per class over all seven, weighted by support.
        emotion_accuracy: Share of utterances with the right one of seven labels.
        cause_f1: Binary F1 of "is the cause of at least one pair".
        per_emotion: Label to its own scores; neutral has no pairs.
        conversations: How many were scored.
        utterances: How many were scored.
        pairs: How many gold pairs there are.
    """

    pair_f1: float
    pair_precision: float
    pair_recall: float
    w_avg_6: float
    w_avg_4: float
    emotion_f1: float
    emotion_weighted_f1: float
    emotion_accuracy: float
    cause_f1: float
    per_emotion: Mapping[str, EmotionScores]
    conversations: int
    utterances: int
    pairs: int


def score(
    gold: Sequence[Conversation], predicted: Sequence[Conversation], labels: Sequence[str] = EKMAN_LABELS
) -> Scores:
    """Compare predicted emotions and pairs with the annotated ones.

    Args:
        gold: Annotated conversations.
        predicted: The same conversations in the same order, holding predicted `emotions` and `pairs`.
        labels: Every label that occurs in either.

    Raises:
        ValueError: The two differ in their conversations or lengths, or lack emotions or pairs.
    """
    _check(gold, predicted)
    total = count(gold, predicted, labels).total()
    return Scores(
        **{name: float(figures[0]) for name, figures in measures(total, labels).items()},
        per_emotion=scores_per_emotion(total, labels),
        conversations=len(gold),
        utterances=int(total.emotions.sum()),
        pairs=sum(len(conversation.pairs or ()) for conversation in gold),
    )


def measures(counts: Counts, labels: Sequence[str]) -> dict[str, Figures]:
    """Every measure by name, (D,) of D sums of counts; those of pairs only where pairs were annotated."""
    of_pairs = {} if counts.pairs is None else _pair_measures(counts.pairs, labels)
    return of_pairs | _emotion_measures(counts.emotions, labels)


def scores_per_emotion(total: Counts, labels: Sequence[str]) -> dict[str, EmotionScores]:
    """Each label's own scores, of one sum of counts."""
    utterances, pairs = _label_ratio(total.emotions), total.pairs and total.pairs.by_label
    return {
        label: EmotionScores(
            f1=float(utterances.f1[0, index]),
            precision=float(utterances.precision[0, index]),
            recall=float(utterances.recall[0, index]),
            utterances=int(utterances.gold[0, index]),
            pair_f1=float(pairs.f1[0, index]) if pairs else None,
            pair_precision=float(pairs.precision[0, index]) if pairs else None,
            pair_recall=float(pairs.recall[0, index]) if pairs else None,
            pairs=int(pairs.gold[0, index]) if pairs else None,
        )
        for index, label in enumerate(labels)
    }


def _pair_measures(counts: PairCounts, labels: Sequence[str]) -> dict[str, Figures]:
    return {
        "pair_f1": counts.pairs.f1,
        "pair_precision": counts.pairs.precision,
        "pair_recall": counts.pairs.recall,
        "w_avg_6": _weighted_f1(counts.by_label, _emotional(labels)),
        "w_avg_4": _weighted_f1(counts.by_label, np.array([label in FREQUENT_EMOTIONS for label in labels])),
        "cause_f1": counts.causes.f1,
    }


def _emotion_measures(confusion: Counted, labels: Sequence[str]) -> dict[str, Figures]:
    by_label, emotional = _label_ratio(confusion), _emotional(labels)
    either = Ratio(
        correct=confusion[:, emotional][:, :, emotional].sum((1, 2)),
        predicted=by_label.predicted[:, emotional].sum(1),
        gold=by_label.gold[:, emotional].sum(1),
    )
    return {
        "emotion_f1": either.f1,
        "emotion_weighted_f1": _weighted_f1(by_label, np.ones(len(labels), np.bool_)),
        "emotion_accuracy": share(by_label.correct.sum(1), by_label.gold.sum(1)),
    }


def _label_ratio(confusion: Counted) -> Ratio:
    """(D, C) of a (D, C, C) confusion matrix, gold in rows."""
    return Ratio(confusion.diagonal(axis1=1, axis2=2), confusion.sum(1), confusion.sum(2))


def _emotional(labels: Sequence[str]) -> NDArray[np.bool_]:
    return np.array([label != NEUTRAL for label in labels])


def _weighted_f1(ratio: Ratio, among: NDArray[np.bool_]) -> Figures:
    """F1 of each class (D, C) among the chosen, weighted by how often the class is gold: (D,)."""
    gold, f1 = ratio.gold[:, among], ratio.f1[:, among]
    return share((gold * f1).sum(1), gold.sum(1))


def _check(gold: Sequence[Conversation], predicted: Sequence[Conversation]) -> None:
    if [c.id for c in gold] != [c.id for c in predicted]:
        raise ValueError("gold and predicted hold different conversations, or in a different order")
    for conversation in (*gold, *predicted):
        if conversation.emotions is None or conversation.pairs is None:
            raise ValueError(f"conversation {conversation.id} has no emotions or no pairs to score")
        if len(conversation.emotions) != len(conversation.utterances):
            raise ValueError(f"conversation {conversation.id} does not have one emotion per utterance")
    for true, said in zip(gold, predicted, strict=True):
        if len(true.utterances) != len(said.utterances):
            raise ValueError(f"conversation {true.id} differs in length")
