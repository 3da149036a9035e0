"""Who speaks with which voice and on which channel when a written conversation is voiced."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from pydantic import Field

from edge.demo.make import VOICE_GAINS_DB
from model.config import Config
from model.conversation import Conversation

VOICES = tuple(VOICE_GAINS_DB)
"""The voices there are, in the order in which they are given away."""

_NOT_SPOKEN = re.compile(r"[^A-Za-z0-9.,;:!?'$%&-]+")
_BEFORE_PUNCTUATION = re.compile(r"\s+(?=[.,;:!?])")
_SOUND = re.compile(r"[A-Za-z0-9]")
_STRAIGHT_QUOTES = str.maketrans({"\N{LEFT SINGLE QUOTATION MARK}": "'", "\N{RIGHT SINGLE QUOTATION MARK}": "'"})


class Channels(StrEnum):
    """How the voiced conversation is recorded."""

    SPEAKER = "speaker"
    MONO = "mono"


class Settings(Config):
    """How a conversation is voiced."""

    channels: Channels = Field(
        default=Channels.SPEAKER,
        description="speaker: a channel for each, so that who spoke is known; mono: one for all, who spoke is unknown.",
    )
    pause_s: float = Field(
        default=0.8, ge=0.0, le=10.0, description="Silence before each utterance, seconds; as in the demo."
    )


@dataclass(frozen=True, slots=True)
class CastLine:
    """One utterance, ready to be voiced.

    Attributes:
        id: Position in the conversation, from 1.
        channel: Channel it is spoken on, from 0.
        voice: The flite voice that speaks it.
        text: The words as the synthesiser reads them; empty where there is nothing to say.
        pause_s: Silence before it, in seconds.
    """

    id: int
    channel: int
    voice: str
    text: str
    pause_s: float


def cast(conversation: Conversation, settings: Settings) -> tuple[CastLine, ...]:
    """The lines of a conversation, each with a voice and a channel.

    Args:
        conversation: What was written; annotations play no part.
        settings: How it is voiced.
    """
    speakers = [utterance.speaker for utterance in conversation.utterances]
    voices = assign_voices(speakers)
    channels = {speaker: channel for channel, speaker in enumerate(voices)}
    return tuple(
        CastLine(
            id=utterance.index + 1,
            channel=channels[utterance.speaker] if settings.channels is Channels.SPEAKER else 0,
            voice=voices[utterance.speaker],
            text=pronounceable(utterance.text),
            pause_s=settings.pause_s,
        )
        for utterance in conversation.utterances
    )


def assign_voices(speakers: Sequence[str]) -> dict[str, str]:
    """A voice for each speaker, a different one while there are enough.

    Who speaks most chooses first. Where voices run out, a speaker shares with those whom they follow or precede least
    often: never, if that is possible.

    Args:
        speakers: Who spoke each utterance, in order.

    Returns:
        Speaker -> one of `VOICES`, in order of first appearance.
    """
    meetings = Counter(frozenset(pair) for pair in pairwise(speakers))
    shared: dict[str, list[str]] = {voice: [] for voice in VOICES}

    def cost(voice: str, speaker: str) -> tuple[bool, int, int]:
        others = shared[voice]
        taken_needlessly = bool(others) and not all(shared.values())
        return taken_needlessly, sum(meetings[frozenset((speaker, other))] for other in others), len(others)

    chosen: dict[str, str] = {}
    for speaker, _ in Counter(speakers).most_common():
        chosen[speaker] = min(VOICES, key=lambda voice: cost(voice, speaker))
        shared[chosen[speaker]].append(speaker)
    return {speaker: chosen[speaker] for speaker in dict.fromkeys(speakers)}


def pronounceable(text: str) -> str:
    """What a synthesiser for English can read of a text: plain letters, digits and punctuation, set as in print.

    Args:
        text: Any text, also tokenised, such as `Okay , so ?`.

    Returns:
        Such as `Okay, so?`; empty where there is neither a letter nor a digit to say.
    """
    plain = unicodedata.normalize("NFKD", text.translate(_STRAIGHT_QUOTES))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = _BEFORE_PUNCTUATION.sub("", _NOT_SPOKEN.sub(" ", plain)).strip()
    return plain if _SOUND.search(plain) else ""
