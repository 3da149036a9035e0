"""What a running conversation goes on from after a crash, and the events that carry it through the stream."""

from dataclasses import dataclass

from realtime.events import Event, Heard


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
        lane: What the incremental engine goes on from (`IncrementalEngine.save`).
    """

    conversation: str
    heard: tuple[Heard, ...]
    lane: bytes


@dataclass(frozen=True, slots=True)
class ConversationResumed(Event):
    """A conversation that a crash cut off goes on.

    Attributes:
        conversation: Its id.
        at_s: Media time from which it is heard again.
        away_s: For how long nothing was heard, seconds.
        utterances: How many it has so far: the index of the next.
        heard: Its newest utterances, without what voice and face said of them; words only where they are read again.
        lane: As `Progress.lane`.
        people: What its people are like, as `People.save` gave it; empty where nothing is known of them.
        over: Why it is over after all, so that only its end is left to say; empty where it goes on.
    """

    conversation: str
    at_s: float
    away_s: float
    utterances: int
    heard: tuple[Heard, ...]
    lane: bytes
    people: bytes = b""
    over: str = ""
