"""What a running conversation goes on from after a crash, and the events that carry it through the stream."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.modality import Modality
from realtime.events import Event, Heard


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network read of one utterance: (F_m,) float32 per modality it had, and who spoke."""

    features: Mapping[Modality, NDArray[np.float32]]
    speaker: str


@dataclass(frozen=True, slots=True)
class Together(Event):
    """Events of one conversation that are said in one piece or, after a crash, not at all."""

    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Progress(Event):
    """How far a conversation has been understood; the last of the events that are said together.

    Attributes:
        conversation: Its id.
        heard: The newest utterances, in order, as far back as any later result can speak of.
        lane: What the incremental engine goes on from (`IncrementalEngine.save`); None where that of an earlier step
            still serves.
        since: What was read since that lane: read again, it leaves the engine where it stood, to the bit.
    """

    conversation: str
    heard: tuple[Heard, ...]
    lane: bytes | None
    since: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class ConversationResumed(Event):
    """A conversation that a crash cut off goes on.

    Attributes:
        conversation: Its id.
        at_s: Media time from which it is heard again.
        away_s: For how long nothing was heard, seconds.
        utterances: How many it has so far: the index of the next.
        heard: Its newest utterances, without what voice and face said of them; words only where they are read again.
        lane: As `Progress.lane`; empty where there is none.
        since: As `Progress.since`.
        people: What its people are like, as `People.save` gave it; empty where nothing is known of them.
        over: Why it is over after all, so that only its end is left to say; empty where it goes on.
    """

    conversation: str
    at_s: float
    away_s: float
    utterances: int
    heard: tuple[Heard, ...]
    lane: bytes
    since: tuple[Reading, ...] = ()
    people: bytes = b""
    over: str = ""
