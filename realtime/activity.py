"""Who is heard at this moment: the beginnings and ends of speech, and how loud it is, before any word is known."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.conversation import UNKNOWN_SPEAKER
from realtime.events import (
    SAMPLE_RATE_HZ,
    ConversationEnded,
    ConversationStarted,
    EndReason,
    Event,
    Speaker,
    SpeakerKind,
    SpeechChunk,
    SpeechDiscarded,
    SpeechEnded,
)

FLOOR_DBFS: Final = -120.0
"""The lowest level that is told, decibels relative to full scale."""

_FIRST = SAMPLE_RATE_HZ // 10  # samples; before them there may be look-behind, which is silence
_NOBODY = Speaker(UNKNOWN_SPEAKER, SpeakerKind.UNKNOWN, 0.0)


@dataclass(frozen=True, slots=True)
class Speaking(Event):
    """Somebody began to speak on a channel, or stopped.

    It may overtake what waits to be understood: it is about this moment, and comes too late where it waits with them.

    Attributes:
        channel: Channel it is heard on.
        going: Whether they speak from now on.
        start_s: Media time from which they speak.
        end_s: Media time at which they stopped; where they began, the same as `start_s`.
        level_dbfs: Root mean square of the sound, decibels below that of a full-scale square wave, from `FLOOR_DBFS`
            to 0: of the first tenth of a second where they began, of all of it where they stopped.
        speaker: Who speaks, where the channel tells; who is known by voice is known only afterwards.
        conversation: The running conversation, once that is known.
    """

    channel: int
    going: bool
    start_s: float
    end_s: float
    level_dbfs: float
    speaker: Speaker = _NOBODY
    conversation: str | None = None


def level_dbfs(power: float) -> float:
    """Decibels of a mean square, from `FLOOR_DBFS` to 0."""
    return min(0.0, 10 * math.log10(max(power, 10 ** (FLOOR_DBFS / 10))))


@dataclass(slots=True)
class _Stretch:
    """What was heard on a channel since somebody began to speak; `energy` is the sum of the samples' squares."""

    start_s: float
    end_s: float
    energy: float = 0.0
    samples: int = 0

    def hear(self, samples: NDArray[np.float32]) -> None:
        self.energy += float(np.square(samples, dtype=np.float64).sum())
        self.samples += len(samples)
        self.end_s += len(samples) / SAMPLE_RATE_HZ

    @property
    def level_dbfs(self) -> float:
        return level_dbfs(self.energy / self.samples)


class SpeechWatch:
    """Tells from the events of segments when somebody begins to speak and stops.

    A segment that is cut by force and goes on in the next one is one stretch; a noise is one, too.
    """

    def __init__(self) -> None:
        self._open: dict[int, _Stretch] = {}

    def told(self, events: Iterable[Event]) -> Sequence[Event]:
        """The events, each change before the event that shows it."""
        return [told for event in events for told in (*self._changes(event), event)]

    def _changes(self, event: Event) -> Iterator[Speaking]:
        match event:
            case SpeechChunk(channel=channel, samples=samples) if len(samples):
                if channel not in self._open:
                    self._open[channel] = _Stretch(event.start_s, event.start_s)
                    first = np.square(samples[-_FIRST:], dtype=np.float64).mean()
                    yield Speaking(channel, True, event.start_s, event.start_s, level_dbfs(float(first)))  # noqa: FBT003
                self._open[channel].hear(samples)
            case SpeechEnded(channel=channel, reason=reason) if reason is not EndReason.FORCED:
                yield from self._over(channel, event.end_s)
            case SpeechDiscarded(channel=channel):
                yield from self._over(channel, None)
            case _:
                pass

    def _over(self, channel: int, end_s: float | None) -> Iterator[Speaking]:
        stretch = self._open.pop(channel, None)
        if stretch is not None:
            until_s = max(stretch.start_s, stretch.end_s if end_s is None else end_s)
            yield Speaking(channel, False, stretch.start_s, until_s, stretch.level_dbfs)  # noqa: FBT003


class Present:
    """Who speaks in the running conversation: nothing is told outside of one.

    A conversation begins with the first words, when somebody speaks already: that is told then.
    """

    def __init__(self) -> None:
        self._going: dict[int, Speaking] = {}

    def told(self, event: Speaking, conversation: str | None) -> Sequence[Speaking]:
        """The change as it is told of the running conversation, if there is one; an end only where a beginning was."""
        if event.going:
            self._going[event.channel] = event
        elif self._going.pop(event.channel, None) is None:
            return ()
        return () if conversation is None else (replace(event, conversation=conversation),)

    def begun(self, conversation: str) -> Sequence[Speaking]:
        """Who speaks already while a conversation begins."""
        return [replace(event, conversation=conversation) for event in self._going.values()]


def overtakes(event: Event, waiting: Event) -> bool:
    """Whether an event passes one that waits: what is heard at this moment waits for nothing but its conversation."""
    turns = (Speaking, ConversationStarted, ConversationEnded)
    return isinstance(event, Speaking) and not isinstance(waiting, turns)
