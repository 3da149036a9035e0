"""What a conversation is: utterances in order, and, where people annotated it, emotions and causes."""

from dataclasses import dataclass

UNKNOWN_SPEAKER = "unknown"
"""The speaker of an utterance nobody could be named for. It is the same as no one, not even as itself elsewhere."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One stretch of speech by one person.

    Attributes:
        id: Unique within its conversation.
        index: Position in the conversation, from 0, in order of arrival.
        speaker: Id of who spoke, or `UNKNOWN_SPEAKER`.
        text: What was said; may be empty.
        start_s: First sample of speech, seconds of the media clock; None where the data has no times.
        end_s: Last sample of speech, seconds of the media clock.
    """

    id: str
    index: int
    speaker: str
    text: str
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """An annotated or predicted link: the emotion of one utterance and another (or the same) that caused it.

    Attributes:
        emotion: Index of the utterance that carries the emotion.
        cause: Index of the utterance that caused it.
    """

    emotion: int
    cause: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A whole annotated conversation, as data sets hold it.

    Attributes:
        id: Unique within its data set.
        utterances: N utterances, `utterances[i].index == i`.
        emotions: N labels, or None where nobody annotated them.
        pairs: Emotion-cause pairs, or None where nobody annotated them.
    """

    id: str
    utterances: tuple[Utterance, ...]
    emotions: tuple[str, ...] | None = None
    pairs: frozenset[Pair] | None = None
