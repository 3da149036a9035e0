"""What an alert is judged by: one utterance, how it was understood last, and what that was caused by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from model.analysis import CauseResult, EmotionResult, Status
from realtime.events import Heard, Understood

_DIGITS: Final = 4  # as published: a reader who checks the rule comes to the same result
_MOST_KNOWN: Final = 256

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
        unnamed: How many further causes were said by people who have opted out, or were forgotten.
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
    unnamed: int
    status: Status

    def renamed(self, gone: str, kept: str) -> "Reading":
        """The same, where somebody is called something else."""
        causes = tuple(replace(by, speaker=kept) if by.speaker == gone else by for by in self.causes)
        return replace(self, speaker=kept if self.speaker == gone else self.speaker, causes=causes)

    def without(self, speaker: str | None) -> "Reading":
        """The same, where it is not said any more what a speaker caused; only that it was caused inside."""
        causes = tuple(by for by in self.causes if by.speaker != speaker)
        return replace(self, causes=causes, unnamed=self.unnamed + len(self.causes) - len(causes))


@dataclass(slots=True)
class _Known:
    """The newest results of an utterance, without its words."""

    speaker: str
    emotion: EmotionResult | None = None
    cause: CauseResult | None = None
    causes: tuple[NamedCause, ...] = ()

    def renew(self, event: Understood) -> bool:
        """Whether the event knew something newer."""
        renewed = False
        if event.emotion is not None and (self.emotion is None or event.emotion.revision > self.emotion.revision):
            self.emotion, renewed = event.emotion, True
        if event.cause is not None and (self.cause is None or event.cause.revision > self.cause.revision):
            self.cause, self.causes, renewed = event.cause, _named(event.cause, event.causes), True
        return renewed


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
        known = self._known.setdefault(index, _Known(event.heard.speaker.id))
        if len(self._known) > _MOST_KNOWN:
            del self._known[min(self._known)]
        if not known.renew(event) or known.emotion is None or known.cause is None:
            return None
        return _reading(event.heard, known.emotion, known.cause, known.causes)

    def forget(self, speaker: str | None) -> None:
        """Drop what a speaker said, or everything, and that it caused anything."""
        self._known = {index: known for index, known in self._known.items() if speaker not in {None, known.speaker}}
        for known in self._known.values():
            known.causes = tuple(by for by in known.causes if by.speaker != speaker)


def _named(cause: CauseResult, causes: Sequence[Heard]) -> tuple[NamedCause, ...]:
    """The causes that are not withheld."""
    return tuple(
        NamedCause(by.utterance.id, by.speaker.id, _published(link.probability))
        for link, by in zip(cause.links, causes, strict=True)
        if not by.withheld
    )


def _reading(heard: Heard, emotion: EmotionResult, cause: CauseResult, causes: tuple[NamedCause, ...]) -> Reading:
    return Reading(
        utterance=heard.utterance.id,
        index=heard.utterance.index,
        speaker=heard.speaker.id,
        start_s=heard.transcript.start_s,
        end_s=heard.transcript.end_s,
        label=emotion.label,
        probability=_published(emotion.confidence),
        causes=causes,
        unnamed=len(cause.links) - len(causes),
        status=min(emotion.status, cause.status, key=SETTLED.index),
    )


def _published(probability: float) -> float:
    return round(min(max(float(probability), 0.0), 1.0), _DIGITS)
