"""What is counted of each conversation; every measure of a split is computed from sums of these.

Counts of conversations add up. So the measures of a split, of its long conversations, and of a thousand resamples of it
are the same functions of different sums.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from model.conversation import Conversation

Counted = NDArray[np.int64]
Figures = NDArray[np.float64]

DISTANCES: tuple[str, ...] = ("<=-3", "-2", "-1", "0", "1", "2", "3", ">=4")
"""How many utterances a cause lies before its emotion; negative: the cause is later."""

_LATEST, _EARLIEST = -3, 4
_Decision = tuple[int, int, int]  # what it is counted under, and what it is about


@dataclass(frozen=True, slots=True)
class Ratio:
    """Precision, recall and F1 of decisions; a ratio whose denominator is zero is 0.

    Shapes:
        Everything has the same shape (…): one number per set of decisions.

    Attributes:
        correct: Decisions that are both predicted and gold.
        predicted: Decisions that were predicted.
        gold: Decisions that are gold.
    """

    correct: Counted
    predicted: Counted
    gold: Counted

    @property
    def precision(self) -> Figures:
        """Share of the predicted that is gold."""
        return share(self.correct, self.predicted)

    @property
    def recall(self) -> Figures:
        """Share of the gold that is predicted."""
        return share(self.correct, self.gold)

    @property
    def f1(self) -> Figures:
        """Harmonic mean of precision and recall."""
        return share(2 * self.correct, self.predicted + self.gold)

    def sum(self, axis: int = -1) -> Self:
        """The sets along an axis taken together."""
        return type(self)(self.correct.sum(axis), self.predicted.sum(axis), self.gold.sum(axis))

    def weighted(self, weights: Counted) -> Self:
        """Sums over conversations, (D, …) to (R, …), each conversation as often as (R, D) weights say."""
        return type(self)(*(add_up(weights, part) for part in (self.correct, self.predicted, self.gold)))


@dataclass(frozen=True, slots=True)
class PairCounts:
    """Emotion-cause pairs of D conversations, or of D sums of them.

    Shapes:
        by_distance (D, 8), by_label (D, C), causes (D,).

    Attributes:
        by_distance: Pairs by the distance of their cause, in the order of `DISTANCES`.
        by_label: Pairs by the label of their emotion, which must match for a pair to be correct.
        causes: Utterances that cause something.
    """

    by_distance: Ratio
    by_label: Ratio
    causes: Ratio

    @property
    def pairs(self) -> Ratio:
        """All pairs (D,); every pair has one distance."""
        return self.by_distance.sum()

    def weighted(self, weights: Counted) -> Self:
        """Sums over conversations, each as often as (R, D) weights say."""
        return type(self)(*(part.weighted(weights) for part in (self.by_distance, self.by_label, self.causes)))


@dataclass(frozen=True, slots=True)
class Counts:
    """Everything counted of D conversations, or of D sums of them.

    Attributes:
        emotions: (D, C, C) utterances by gold label and predicted label.
        pairs: None where no pairs were annotated.
    """

    emotions: Counted
    pairs: PairCounts | None

    def weighted(self, weights: Counted) -> Self:
        """Sums over conversations, each as often as (R, D) weights say."""
        return type(self)(add_up(weights, self.emotions), self.pairs and self.pairs.weighted(weights))

    def total(self) -> Self:
        """The sum over all conversations, D = 1."""
        return self.weighted(np.ones((1, len(self.emotions)), np.int64))


def count(gold: Sequence[Conversation], said: Sequence[Conversation], labels: Sequence[str]) -> Counts:
    """Compare D annotated conversations with the same ones as a network sees them.

    Args:
        gold: Emotions are annotated in all of them, pairs in all or none.
        said: With predicted emotions and pairs.
        labels: Names of the C classes.
    """
    place = {label: index for index, label in enumerate(labels)}
    paired = all(conversation.pairs is not None for conversation in gold)
    return Counts(_count_emotions(gold, said, place), _count_pairs(gold, said, place) if paired else None)


def _count_emotions(gold: Sequence[Conversation], said: Sequence[Conversation], place: Mapping[str, int]) -> Counted:
    counts = np.zeros((len(gold), len(place), len(place)), np.int64)
    for number, (true, guess) in enumerate(zip(gold, said, strict=True)):
        for a, b in zip(true.emotions or (), guess.emotions or (), strict=True):
            counts[number, place[a], place[b]] += 1
    return counts


def _count_pairs(gold: Sequence[Conversation], said: Sequence[Conversation], place: Mapping[str, int]) -> PairCounts:
    def labelled(conversation: Conversation) -> set[_Decision]:
        names = conversation.emotions or ()
        return {(place[names[pair.emotion]], pair.emotion, pair.cause) for pair in conversation.pairs or ()}

    return PairCounts(
        by_distance=_tally(gold, said, _spaced, len(DISTANCES)),
        by_label=_tally(gold, said, labelled, len(place)),
        causes=_tally(gold, said, _causes, 1).sum(),
    )


def add_up(weights: Counted, counts: Counted) -> Counted:
    """Sums (R, …) over D conversations' counts (D, …), each conversation as often as (R, D) weights say."""
    # Floating point is exact up to 2**53, and much faster here than integers.
    return np.tensordot(weights.astype(np.float64), counts.astype(np.float64), axes=1).astype(np.int64)


def share(part: Counted, whole: Counted) -> Figures:
    """What part is of whole; 0 of nothing."""
    return np.divide(part, whole, out=np.zeros(np.shape(whole)), where=np.asarray(whole) > 0)


def _spaced(conversation: Conversation) -> set[_Decision]:
    return {
        (min(max(pair.emotion - pair.cause, _LATEST), _EARLIEST) - _LATEST, pair.emotion, pair.cause)
        for pair in conversation.pairs or ()
    }


def _causes(conversation: Conversation) -> set[_Decision]:
    return {(0, 0, pair.cause) for pair in conversation.pairs or ()}


def _tally(
    gold: Sequence[Conversation],
    said: Sequence[Conversation],
    decisions: Callable[[Conversation], set[_Decision]],
    groups: int,
) -> Ratio:
    """Decisions of D conversations, counted (D, groups) by their first number."""
    counts = np.zeros((3, len(gold), groups), np.int64)
    for number, (true, guess) in enumerate(zip(gold, said, strict=True)):
        a, b = decisions(true), decisions(guess)
        for kind, chosen in enumerate((a & b, b, a)):
            for group, *_ in chosen:
                counts[kind, number, group] += 1
    return Ratio(*counts)
