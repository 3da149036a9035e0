"""One message as it goes to the broker."""

from dataclasses import dataclass
from typing import Final

from edge.wire.envelope import MAX_BYTES, SHORT_TEXT, Envelope

AT_MOST_ONCE: Final = 0
AT_LEAST_ONCE: Final = 1

PASSING_S: Final = 10
"""What may be lost is of no use to anybody later than this, seconds."""


@dataclass(frozen=True, slots=True)
class Message:
    """A payload and how it is published.

    Attributes:
        topic: Where.
        payload: JSON; empty to clear what is retained.
        qos: 0: may be lost; 1: at least once.
        retain: Whether the broker keeps it for those who subscribe later.
        conversation: The conversation it is about, if it is about one.
        speaker: Whose utterance it is about, if it is about one.
    """

    topic: str
    payload: bytes
    qos: int = AT_LEAST_ONCE
    retain: bool = False
    conversation: str | None = None
    speaker: str | None = None

    @property
    def is_event(self) -> bool:
        """Whether it is said once and counted by `seq`: losing it leaves a hole."""
        return self.qos == AT_LEAST_ONCE and not self.retain

    def is_about(self, conversation: str, speaker: str | None = None) -> bool:
        """Whether it is about a conversation, or about one speaker in it."""
        return self.conversation == conversation and speaker in {None, self.speaker}


def encode(payload: Envelope) -> bytes:
    """The payload as UTF-8 JSON.

    Raises:
        ValueError: It is longer than promised: a mapping let something unbounded through.
    """
    encoded = payload.model_dump_json().encode()
    if len(encoded) >= MAX_BYTES:
        raise ValueError(f"{type(payload).__name__} has {len(encoded)} bytes; less than {MAX_BYTES} are promised")
    return encoded


def shorten(text: str, limit: int = SHORT_TEXT) -> str:
    """The text, cut to a number of characters; the cut shows."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
