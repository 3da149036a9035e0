"""What is asked of the stream from outside while it runs: events that every stage passes on after doing its part."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from realtime.events import Event
from realtime.voices.numbering import is_numbered


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
        done: Set when it has been said.
    """

    speaker: str
    name: str
    done: asyncio.Event = field(default_factory=asyncio.Event, compare=False)


@dataclass(frozen=True, slots=True)
class Forget(Event):
    """Drop what is remembered of a conversation, or of a speaker. A running conversation goes on under the same id.

    Attributes:
        conversation: The conversation that is meant; None for every one. Only of the running one does the stream
            remember anything.
        speakers: The ids that the speaker who is meant has, or has had; None for everybody.
        met: Whether the speaker has been heard: what belongs to several at once is dropped only then.
        removed: What each stage dropped: it counts here.
        trouble: What could not be dropped, and why, in plain words.
        done: Set when the last stage has done its part: then whoever asked may read `removed`.
    """

    conversation: str | None
    speakers: frozenset[str] | None
    met: bool = True
    removed: Counter[str] = field(default_factory=Counter)
    trouble: list[str] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event, compare=False)

    def is_about(self, conversation: str | None) -> bool:
        """Whether it is about a conversation; never about none."""
        return conversation is not None and self.conversation in (None, conversation)

    @property
    def everywhere(self) -> frozenset[str] | None:
        """The ids that mean the same person in other conversations, too; None for everybody."""
        return self.speakers and frozenset(speaker for speaker in self.speakers if not is_numbered(speaker))

    def names(self, speaker: str) -> bool:
        """Whether it is about a speaker."""
        return self.speakers is None or speaker in self.speakers


async def came_out(order: Relabel | Forget, within_s: float) -> bool:
    """Whether an order has passed every stage, after waiting for that for so many seconds at most."""
    try:
        async with asyncio.timeout(within_s):
            await order.done.wait()
    except TimeoutError:
        return False
    return True
