"""What a text encoder reads: the newest utterance and a few before it, the same way in training and live."""

from collections.abc import Sequence
from dataclasses import dataclass

from model.conversation import Utterance


@dataclass(frozen=True, slots=True)
class EncoderInput:
    """One utterance to encode.

    Attributes:
        text: What was said; may be empty.
        context: What was said before, oldest first.
    """

    text: str
    context: tuple[str, ...] = ()


def newest_input(utterances: Sequence[Utterance], context: int) -> EncoderInput:
    """What the encoder reads for the last of `utterances`.

    Args:
        utterances: The conversation so far, or its end; not empty.
        context: How many earlier utterances the encoder reads at most.
    """
    *earlier, newest = utterances
    return EncoderInput(newest.text, tuple(u.text for u in earlier[-context:]) if context else ())


def all_inputs(utterances: Sequence[Utterance], context: int) -> list[EncoderInput]:
    """What the encoder reads for each utterance of a conversation, in order: never anything later than it."""
    return [newest_input(utterances[max(0, end - context - 1) : end], context) for end in range(1, len(utterances) + 1)]
