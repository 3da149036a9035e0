"""The channels before the steps of the stream: what waits, what is dropped, what is joined."""

from typing import Final

from realtime.activity import overtakes
from realtime.channel import Channel, Policy
from realtime.events import Event, PartialText
from realtime.stages.encode import join_arrivals, join_heard

EVENTS: Final = 256
_SOUND_FRAMES: Final = 64  # two seconds of sound may wait for the segmenter


def inbox(name: str, capacity: int = EVENTS, *, live: bool = True) -> Channel[Event]:
    """The channel before a step: what is said waits, partial text is dropped, and waiting utterances are joined.

    That somebody begins or stops to speak waits for none of them, except for words of a recording: played as fast as it
    goes, it would be over before the first of them.
    """
    match name:
        case "segment":
            return Channel(name, _SOUND_FRAMES)
        case "encode":
            return Channel(name, capacity, Policy.JOIN, join=join_heard, overtakes=overtakes)
        case "analyse":
            return Channel(name, capacity, Policy.JOIN, join=join_arrivals, overtakes=overtakes)
        case _:
            passes = overtakes if live else _in_turn
            return Channel(name, capacity, Policy.DROP_OLDEST, may_drop=_is_partial, overtakes=passes)


def _is_partial(event: Event) -> bool:
    return isinstance(event, PartialText)


def _in_turn(_event: Event, _waiting: Event) -> bool:
    return False
