"""What went wrong in a conversation without ending it."""

from typing import Literal

from pydantic import Field

from edge.wire.envelope import SHORT_TEXT, EventEnvelope


class ConversationError(EventEnvelope):
    """One item that could not be processed; everything else went on."""

    schema_id: Literal["undertone.error/1"] = Field(default="undertone.error/1", alias="schema")
    stage: str = Field(max_length=SHORT_TEXT, description="Where it happened.")
    code: str = Field(max_length=SHORT_TEXT, description="The kind of error, for programs.")
    message: str = Field(max_length=SHORT_TEXT, description="What happened, for people.")
    utterance: str | None = Field(max_length=64, description="The stretch of speech it concerns, if it is one.")
    retryable: bool = Field(description="Whether it will be tried again.")
