"""What an alert is judged by: one utterance, how it was understood last, and what that was caused by."""

from dataclasses import dataclass, replace
from typing import Final

from model.analysis import CauseResult, EmotionResult, Status
from realtime.events import Heard, Understood

_DIGITS: Final = 4  # as published: a reader who checks the rule comes to the same result
_MOST_PENDING: Final = 256

SETTLED: Final = (Status.PROVISIONAL, Status.REVISED, Status.FINAL)
"""How settled a result is, the least first."""


@dataclass(frozen=True, slots=True)
class NamedCause:
    """An utterance that caused an emotion, and who said it."""

    utterance: str
    speaker: str
    probability: float


@dataclass(frozen=True, slots=True)
class Reading:
    """How an utterance is understood now.

    Attributes:
        utterance: Its id.
        index: Its position in the conversation.
        speaker: Who spoke.
        start_s: Media time of its first sample of speech.
        end_s: Media time of its last.
        label: The most probable emotion.
        probability: Its probability, as published.
        causes: What it was caused by, in the order of saying.
        withheld: How many further causes were said by people who have opted out.
        status: The less settled of the two results this was read from.
    """

    utterance: str
    index: int
    speaker: str
    start_s: float
    end_s: float
    label: str
    probability: float
    causes: tuple[NamedCause, ...]
    withheld: int
    status: Status

    def renamed(self, gone: str, kept: str) -> "Reading":
        """The same, where somebody is called something else."""
        causes = tuple(replace(by, speaker=kept) if by.speaker == gone else by for by in self.causes)
        return replace(self, speaker=kept if self.speaker == gone else self.speaker, causes=causes)


@dataclass(slots=True)
class _Known:
    """The newest results of an utterance."""

    heard: Heard
    emotion: EmotionResult | None = None
    cause: CauseResult | None = None
    causes: tuple[Heard, ...] = ()


class Readings:
    """The newest results of a conversation's utterances that may still change.

    A result that is no newer than the one before it changes nothing, in whatever order they come.
    """

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}

    def __len__(self) -> int:
        return len(self._known)

    def take(self, event: Understood) -> Reading | None:
        """How the utterance is understood now; None while its emotion or its causes are missing, or nothing is new."""
        index = event.heard.utterance.index
        known = self._known.setdefault(index, _Known(event.heard))
        if not _renew(known, event) or known.emotion is None or known.cause is None:
            self._forget_oldest()
            return None
        reading = _reading(known, known.emotion, known.cause)
        self._forget_oldest()
        return reading

    def _forget_oldest(self) -> None:
        if len(self._known) > _MOST_PENDING:
            del self._known[min(self._known)]


def _renew(known: _Known, event: Understood) -> bool:
    """Whether the event knew something newer."""
    renewed = False
    if event.emotion is not None and (known.emotion is None or event.emotion.revision > known.emotion.revision):
        known.emotion, renewed = event.emotion, True
    if event.cause is not None and (known.cause is None or event.cause.revision > known.cause.revision):
        known.cause, known.causes, renewed = event.cause, event.causes, True
    return renewed


def _reading(known: _Known, emotion: EmotionResult, cause: CauseResult) -> Reading:
    heard = known.heard
    linked = [pair for pair in zip(cause.links, known.causes, strict=True) if not pair[1].withheld]
    return Reading(
        utterance=heard.utterance.id,
        index=heard.utterance.index,
        speaker=heard.speaker.id,
        start_s=heard.transcript.start_s,
        end_s=heard.transcript.end_s,
        label=emotion.label,
        probability=_published(emotion.confidence),
        causes=tuple(NamedCause(by.utterance.id, by.speaker.id, _published(link.probability)) for link, by in linked),
        withheld=len(cause.links) - len(linked),
        status=min(emotion.status, cause.status, key=SETTLED.index),
    )


def _published(probability: float) -> float:
    return round(min(max(float(probability), 0.0), 1.0), _DIGITS)
