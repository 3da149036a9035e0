"""What is asked of the stream from outside while it runs: events that every stage passes on after doing its part."""

from collections import Counter
from dataclasses import dataclass, field

from realtime.events import Event


@dataclass(frozen=True, slots=True)
class EndConversation(Event):
    """End the running conversation, once what was heard of it has been worked off; and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Relabel(Event):
    """Call a speaker of the running conversation something else from now on; what was said stays as it was said.

    Attributes:
        speaker: The id so far.
        name: The id from now on; that of somebody else makes one person of the two, for whoever reads.
    """

    speaker: str
    name: str


@dataclass(frozen=True, slots=True)
class Forget(Event):
    """Drop what is remembered of the running conversation, or of one speaker in it. It goes on under the same id.

    Attributes:
        conversation: The conversation that is meant; of another one nothing is remembered in the stream.
        speaker: The speaker who is meant; None for all of them.
        removed: What each stage dropped: it counts here. Whoever asked reads it when `Forget` has come out at the end.
    """

    conversation: str
    speaker: str | None
    removed: Counter[str] = field(default_factory=Counter)
