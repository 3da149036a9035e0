"""What was said: the only payloads with words in them."""

from typing import Literal

from pydantic import Field

from edge.wire.envelope import ConversationEnvelope, EventEnvelope, Wire
from edge.wire.speaker import Speaker
from edge.wire.topics import Identifier


class Word(Wire):
    """One recognised word."""

    text: str = Field(description="The word.")
    start_s: float = Field(ge=0, description="Start, seconds of the media clock.")
    end_s: float = Field(ge=0, description="End, seconds of the media clock.")
    confidence: float = Field(ge=0, le=1, description="The recogniser's own confidence, 0 to 1.")


class Transcriber(Wire):
    """Who wrote it down."""

    name: str = Field(description="Name of the recogniser.")
    confidence: float = Field(ge=0, le=1, description="Mean word confidence, 0 to 1.")


class FinalTranscript(EventEnvelope):
    """The words of one utterance, once."""

    schema_id: Literal["undertone.transcript-final/1"] = Field(default="undertone.transcript-final/1", alias="schema")
    utterance: Identifier = Field(description="The utterance; emotion and cause name it again.")
    index: int = Field(ge=0, description="Its position in the conversation, from 0.")
    speaker: Speaker = Field(description="Who spoke.")
    text: str = Field(description="What was said.")
    language: str = Field(description="ISO 639-1.")
    words: tuple[Word, ...] = Field(description="The words with times; empty where the recogniser gives none.")
    transcriber: Transcriber = Field(description="Who wrote it down.")
    overlap: bool = Field(description="Whether somebody else was heard at the same time.")
    truncated: bool = Field(description="Whether speech was cut by force, or words were left out for their length.")


class PartialTranscript(ConversationEnvelope):
    """The text of an unfinished utterance so far; the next one replaces it."""

    schema_id: Literal["undertone.transcript-partial/1"] = Field(
        default="undertone.transcript-partial/1", alias="schema"
    )
    channel: int = Field(ge=0, description="The channel it is heard on; one text runs per channel.")
    text: str = Field(description="What was said so far; its end, where it is long.")
