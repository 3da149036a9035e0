"""The diarization error rate: how much of the time it was said wrongly who speaks.

By the definition of the NIST Rich Transcription evaluations, as `md-eval.pl` computes it
(https://www.nist.gov/itl/iad/mig/rich-transcription-evaluation): over every stretch of time in which neither side
changes, with R speakers annotated, H said, and C of them the same person,

    missed = max(0, R - H),  false alarm = max(0, H - R),  confusion = min(R, H) - C,

each times the stretch's length, divided by the sum of R times the length. Who is the same person is the one-to-one
assignment of names that shares the most time. Around each annotated boundary a collar is not scored; speech of several
people at once is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np

from model.conversation import UNKNOWN_SPEAKER

COLLAR_S = 0.25
"""What is not scored on either side of an annotated boundary, seconds."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch of time in which one person speaks, seconds."""

    speaker: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class DiarizationError:
    """Scored and wrong time in seconds, each counted once per speaker.

    Attributes:
        scored_s: Annotated speech.
        missed_s: Annotated speech that nobody was said to speak.
        false_alarm_s: Speech that was said where nobody, or fewer people, spoke.
        confusion_s: Speech that somebody else was said to speak, or somebody unknown.
    """

    scored_s: float = 0.0
    missed_s: float = 0.0
    false_alarm_s: float = 0.0
    confusion_s: float = 0.0

    @property
    def rate(self) -> float:
        """All that is wrong as a share of annotated speech; may exceed 1, and is 0 where nothing was annotated."""
        return (self.missed_s + self.false_alarm_s + self.confusion_s) / self.scored_s if self.scored_s else 0.0

    def __add__(self, other: Self) -> Self:
        """Both together, such as two recordings of one set."""
        return type(self)(
            self.scored_s + other.scored_s,
            self.missed_s + other.missed_s,
            self.false_alarm_s + other.false_alarm_s,
            self.confusion_s + other.confusion_s,
        )


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A stretch of time in which neither side changes, and who speaks there."""

    start_s: float
    end_s: float
    annotated: frozenset[str]
    said: frozenset[str]

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s


def diarization_error(
    annotated: Sequence[Turn], said: Sequence[Turn], length_s: float, collar_s: float = COLLAR_S
) -> DiarizationError:
    """Hold what was said about who speaks against the annotation of one recording.

    Args:
        annotated: Who really speaks when; people may speak at once.
        said: Who is said to; names need not be those of the annotation, and `UNKNOWN_SPEAKER` is nobody's name.
        length_s: Length of the recording, which is scored as a whole.
        collar_s: What is not scored on either side of an annotated boundary.
    """
    same = _same_people(list(_stretches(annotated, said, [(0.0, length_s)])))
    error = DiarizationError()
    for stretch in _stretches(annotated, said, _outside_collars(annotated, length_s, collar_s)):
        right = sum(same.get(name) in stretch.annotated for name in stretch.said)
        there, claimed = len(stretch.annotated), len(stretch.said)
        error += DiarizationError(
            scored_s=there * stretch.length_s,
            missed_s=max(0, there - claimed) * stretch.length_s,
            false_alarm_s=max(0, claimed - there) * stretch.length_s,
            confusion_s=(min(there, claimed) - right) * stretch.length_s,
        )
    return error


def _same_people(stretches: Sequence[_Stretch]) -> dict[str, str]:
    """Said name -> annotated name, one to one, so that the time they share is the longest."""
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - needed by nobody but who measures

    names = sorted(set().union(*(stretch.said for stretch in stretches)) - {UNKNOWN_SPEAKER})
    people = sorted(set().union(*(stretch.annotated for stretch in stretches)))
    shared_s = np.zeros((len(names), len(people)))
    for stretch in stretches:
        for name in stretch.said - {UNKNOWN_SPEAKER}:
            for person in stretch.annotated:
                shared_s[names.index(name), people.index(person)] += stretch.length_s
    rows, columns = linear_sum_assignment(shared_s, maximize=True)
    return {names[row]: people[column] for row, column in zip(rows, columns, strict=True)}


def _stretches(
    annotated: Sequence[Turn], said: Sequence[Turn], scored: Sequence[tuple[float, float]]
) -> Iterator[_Stretch]:
    """What is scored, cut wherever somebody begins or ends."""
    turns = (*annotated, *said)
    changes = sorted({edge for turn in turns for edge in (turn.start_s, turn.end_s)})
    for start_s, end_s in scored:
        edges = [start_s, *(change for change in changes if start_s < change < end_s), end_s]
        for first, last in pairwise(edges):
            middle = (first + last) / 2
            yield _Stretch(first, last, _speaking(annotated, middle), _speaking(said, middle))


def _speaking(turns: Sequence[Turn], moment_s: float) -> frozenset[str]:
    return frozenset(turn.speaker for turn in turns if turn.start_s <= moment_s < turn.end_s)


def _outside_collars(annotated: Sequence[Turn], length_s: float, collar_s: float) -> list[tuple[float, float]]:
    """The recording without the collars."""
    boundaries = sorted(edge for turn in annotated for edge in (turn.start_s, turn.end_s))
    scored, free_s = [], 0.0
    for boundary in boundaries:
        if boundary - collar_s > free_s:
            scored.append((free_s, min(boundary - collar_s, length_s)))
        free_s = max(free_s, boundary + collar_s)
    if free_s < length_s:
        scored.append((free_s, length_s))
    return scored
