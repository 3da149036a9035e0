"""The measures of emotion-cause pair extraction, as NUSTM/MECPE and SemEval-2024 Task 3 define them.

All sums run over the whole split (micro over conversations). A ratio whose denominator is zero is 0. Later causes count
as gold.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from model.conversation import Conversation
from model.emotions import EKMAN_LABELS, NEUTRAL

CALIBRATION_BINS = 15
"""Equal-width bins of confidence; the usual number (Guo et al. 2017, "On Calibration of Modern Neural Networks")."""

FREQUENT_EMOTIONS = frozenset({"anger", "joy", "sadness", "surprise"})
"""The emotions of w-avg-4: without disgust and fear, which are rare."""

_EMOTIONS = tuple(label for label in EKMAN_LABELS if label != NEUTRAL)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Precision, recall and F1 of one set of decisions, and how many were right, predicted and true.

    Attributes:
        correct: Decisions that are both predicted and gold.
        predicted: Decisions that were predicted.
        gold: Decisions that are gold.
    """

    correct: int
    predicted: int
    gold: int

    @property
    def precision(self) -> float:
        """Share of the predicted that is gold."""
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of the gold that is predicted."""
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.predicted + self.gold
        return 2 * self.correct / total if total else 0.0


@dataclass(frozen=True, slots=True)
class EmotionScores:
    """How well one label is recognised (utterances) and explained (pairs whose emotion must match too)."""

    f1: float
    precision: float
    recall: float
    utterances: int
    pair_f1: float
    pair_precision: float
    pair_recall: float
    pairs: int


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


def score(gold: Sequence[Conversation], predicted: Sequence[Conversation]) -> Scores:
    """Compare predicted emotions and pairs with the annotated ones.

    Args:
        gold: Annotated conversations.
        predicted: The same conversations in the same order, holding predicted `emotions` and `pairs`.

    Raises:
        ValueError: The two differ in their conversations or lengths, or lack emotions or pairs.
    """
    _check(gold, predicted)
    labels = _labels(gold, predicted)
    pairs = _ratio(_pairs(gold), _pairs(predicted))
    by_emotion = {label: _ratio(_pairs(gold, label), _pairs(predicted, label)) for label in _EMOTIONS}
    by_label = {label: _label_ratio(labels, label) for label in EKMAN_LABELS}
    return Scores(
        pair_f1=pairs.f1,
        pair_precision=pairs.precision,
        pair_recall=pairs.recall,
        w_avg_6=_weighted_f1(by_emotion.values()),
        w_avg_4=_weighted_f1(by_emotion[label] for label in _EMOTIONS if label in FREQUENT_EMOTIONS),
        emotion_f1=_emotional_ratio(labels).f1,
        emotion_weighted_f1=_weighted_f1(by_label.values()),
        emotion_accuracy=sum(true == said for true, said in labels) / len(labels) if labels else 0.0,
        cause_f1=_ratio(_causes(gold), _causes(predicted)).f1,
        per_emotion={label: _emotion_scores(by_label[label], by_emotion.get(label)) for label in EKMAN_LABELS},
        conversations=len(gold),
        utterances=len(labels),
        pairs=pairs.gold,
    )


def calibration_error(confidences: Sequence[float], correct: Sequence[bool]) -> float:
    """Expected calibration error: the gap between confidence and accuracy over 15 equal-width bins, weighted by count.

    Args:
        confidences: N probabilities in [0, 1] of the decisions taken.
        correct: N times whether that decision was right.

    Raises:
        ValueError: The lengths differ, or a confidence lies outside [0, 1].
    """
    counts = [0] * CALIBRATION_BINS
    gaps = [0.0] * CALIBRATION_BINS  # sums of (right - confidence)
    for confidence, right in zip(confidences, correct, strict=True):
        if not 0.0 <= confidence <= 1.0:
            raise ValueError(f"confidence {confidence} lies outside [0, 1]")
        index = min(int(confidence * CALIBRATION_BINS), CALIBRATION_BINS - 1)
        counts[index] += 1
        gaps[index] += right - confidence
    return sum(map(abs, gaps)) / sum(counts) if any(counts) else 0.0


_Labels = Sequence[tuple[str, str]]  # gold and predicted label of every utterance


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


def _labels(gold: Sequence[Conversation], predicted: Sequence[Conversation]) -> _Labels:
    return [
        labels
        for true, said in zip(gold, predicted, strict=True)
        for labels in zip(true.emotions or (), said.emotions or (), strict=True)
    ]


def _pairs(conversations: Sequence[Conversation], label: str | None = None) -> set[tuple[int, int, int]]:
    """(conversation, emotion utterance, cause utterance) of all pairs, or of those whose emotion is `label`."""
    return {
        (number, pair.emotion, pair.cause)
        for number, conversation in enumerate(conversations)
        for pair in conversation.pairs or ()
        if label is None or (conversation.emotions or ())[pair.emotion] == label
    }


def _causes(conversations: Sequence[Conversation]) -> set[tuple[int, int]]:
    return {(number, cause) for number, _, cause in _pairs(conversations)}


def _ratio(gold: AbstractSet[Hashable], predicted: AbstractSet[Hashable]) -> Ratio:
    return Ratio(correct=len(gold & predicted), predicted=len(predicted), gold=len(gold))


def _label_ratio(labels: _Labels, label: str) -> Ratio:
    return Ratio(
        correct=sum(true == said == label for true, said in labels),
        predicted=sum(said == label for _, said in labels),
        gold=sum(true == label for true, _ in labels),
    )


def _emotional_ratio(labels: _Labels) -> Ratio:
    return Ratio(
        correct=sum(NEUTRAL not in both for both in labels),
        predicted=sum(said != NEUTRAL for _, said in labels),
        gold=sum(true != NEUTRAL for true, _ in labels),
    )


def _weighted_f1(ratios: Iterable[Ratio]) -> float:
    """F1 per class, weighted by how often the class is gold."""
    ratios = tuple(ratios)
    total = sum(ratio.gold for ratio in ratios)
    return sum(ratio.gold * ratio.f1 for ratio in ratios) / total if total else 0.0


def _emotion_scores(label: Ratio, pairs: Ratio | None) -> EmotionScores:
    pairs = pairs or Ratio(0, 0, 0)
    return EmotionScores(
        f1=label.f1,
        precision=label.precision,
        recall=label.recall,
        utterances=label.gold,
        pair_f1=pairs.f1,
        pair_precision=pairs.precision,
        pair_recall=pairs.recall,
        pairs=pairs.gold,
    )
