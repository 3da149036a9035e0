"""What a network says about a conversation: emotions, their causes, and how settled each is."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How settled a result is: the first say, a changed say, or the last say (exactly once)."""

    PROVISIONAL = "provisional"
    REVISED = "revised"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class EmotionResult:
    """The emotion of one utterance.

    Attributes:
        utterance: Index of the utterance.
        revision: 1 for the first say about this utterance, then growing.
        status: Whether it can still change.
        label: The most probable emotion.
        probabilities: One per label of the network, summing to 1.
    """

    utterance: int
    revision: int
    status: Status
    label: str
    probabilities: tuple[float, ...]

    @property
    def confidence(self) -> float:
        """Probability of the label that was chosen."""
        return max(self.probabilities)


@dataclass(frozen=True, slots=True)
class CauseLink:
    """One utterance that caused an emotion.

    Attributes:
        cause: Index of the causing utterance.
        probability: Calibrated probability of the link, 0 to 1.
    """

    cause: int
    probability: float


@dataclass(frozen=True, slots=True)
class CauseResult:
    """All causes of one utterance's emotion: the full list per revision, never a change to an earlier one.

    Attributes:
        utterance: Index of the utterance whose emotion is explained.
        revision: 1 for the first say, then growing.
        status: Whether it can still change.
        label: The emotion the links explain; a neutral utterance has no links.
        links: The causes, in utterance order.
        no_cause_probability: Probability that no candidate is a cause.
        window: First and last utterance index that were candidates, inclusive.
    """

    utterance: int
    revision: int
    status: Status
    label: str
    links: tuple[CauseLink, ...]
    no_cause_probability: float
    window: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What one step of a network said: new and changed results only, in utterance order."""

    emotions: tuple[EmotionResult, ...]
    causes: tuple[CauseResult, ...]
