"""Which annotated utterance a heard one is, by time alone, and what was understood of each annotated one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from edge.demo.scoring import HeardUtterance
from model.conversation import Conversation, Pair
from model.emotions import NEUTRAL


class Span(Protocol):
    """A stretch of the recording, in seconds from its start."""

    @property
    def start_s(self) -> float:
        """Where it begins."""

    @property
    def end_s(self) -> float:
        """Where it ends."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Heard utterances, held against annotated ones.

    Attributes:
        places: For each heard utterance, the annotated one it is; None where it is none.
        carriers: For each annotated utterance, the heard one that speaks for it, among several the one that shares
            most time with it; None where it was missed.
    """

    places: tuple[int | None, ...]
    carriers: tuple[int | None, ...]

    @property
    def found(self) -> int:
        """Annotated utterances that were heard."""
        return sum(carrier is not None for carrier in self.carriers)

    @property
    def missed(self) -> int:
        """Annotated utterances of which nothing was heard."""
        return self.carriers.count(None)

    @property
    def spurious(self) -> int:
        """Heard utterances where nobody spoke."""
        return self.places.count(None)

    def heard_as(self, number: int) -> tuple[int, ...]:
        """The heard utterances that are this annotated one, in the order in which they were heard."""
        return tuple(position for position, place in enumerate(self.places) if place == number)


def align(heard: Sequence[Span], said: Sequence[Span]) -> Alignment:
    """Give each heard utterance to the annotated one that it shares most time with, to the earlier one of equals.

    Args:
        heard: Where something was heard, in any order; stretches may overlap.
        said: Where each annotated utterance is spoken; an empty stretch is heard by nobody.
    """
    shared_s = [[_shared_s(item, spoken) for spoken in said] for item in heard]
    places = tuple(_greatest(row) for row in shared_s)
    carriers = tuple(
        _greatest([row[number] if place == number else 0.0 for row, place in zip(shared_s, places, strict=True)])
        for number in range(len(said))
    )
    return Alignment(places, carriers)


def understand(
    conversation: Conversation, heard: Sequence[HeardUtterance], alignment: Alignment
) -> tuple[Conversation, int]:
    """The annotated conversation as it was understood: its utterances, with the emotions and links that were heard.

    An utterance has the emotion of its carrier and the links of all that was heard of it. A missed one is neutral, and
    neutral ones have no links.

    Args:
        conversation: What was annotated.
        heard: What was published.
        alignment: Of the two.

    Returns:
        The conversation, and the number of links that are not in it since an end of them is no annotated utterance.
    """
    emotions = tuple(
        NEUTRAL if carrier is None else heard[carrier].emotion  # a missed utterance is one nobody reacts to
        for carrier in alignment.carriers
    )
    links = [
        (alignment.places[position], alignment.places[cause])
        for position, item in enumerate(heard)
        for cause in item.causes
    ]
    placed = [Pair(emotion, cause) for emotion, cause in links if emotion is not None and cause is not None]
    pairs = frozenset(pair for pair in placed if emotions[pair.emotion] != NEUTRAL)
    understood = Conversation(conversation.id, conversation.utterances, emotions, pairs)
    return understood, len(links) - len(placed)


def _shared_s(one: Span, other: Span) -> float:
    return max(0.0, min(one.end_s, other.end_s) - max(one.start_s, other.start_s))


def _greatest(values: Sequence[float]) -> int | None:
    """Where the greatest value is, the first of equals; None where nothing is above zero."""
    best = max(range(len(values)), key=values.__getitem__, default=None)
    return best if best is not None and values[best] > 0 else None
