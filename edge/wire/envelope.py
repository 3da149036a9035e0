"""The fields that every message carries, and the base of everything that leaves the machine."""

from typing import Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from edge.wire.topics import Identifier

MAX_BYTES: Final = 8_000
"""No payload is longer; MQTT.md promises less than 8 kB."""

SHORT_TEXT: Final = 500
"""Longest reason, notice or name on the wire, in characters."""


class Wire(BaseModel):
    """A JSON object that leaves the machine. Unknown keys are refused here; readers ignore what they do not know."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,  # it may hold words, and errors are logged
        populate_by_name=True,
        serialize_by_alias=True,
        json_schema_serialization_defaults_required=True,
    )


class Media(Wire):
    """The stretch of the media clock a message is about; a moment starts and ends at the same time.

    The clock counts the sound since the source was opened; a conversation that goes on after a crash takes it up where
    it would be.
    """

    start_s: float = Field(ge=0, description="Start, seconds of the media clock.")
    end_s: float = Field(ge=0, description="End, seconds of the media clock.")


class Envelope(Wire):
    """What every message says about itself."""

    schema_id: str = Field(alias="schema", description="Name and version of the payload, such as undertone.emotion/1.")
    event_id: UUID = Field(description="UUID version 7; grows with time, and makes a duplicate harmless.")
    node: Identifier = Field(description="Node that says this.")
    boot_id: Identifier = Field(description="Changes with every start of the node.")
    at: AwareDatetime = Field(description="When it was said: wall time, UTC, RFC 3339.")


class ConversationEnvelope(Envelope):
    """What every message about a conversation says about itself."""

    conversation_id: Identifier = Field(description="The conversation, as in the topic.")
    media: Media = Field(description="The stretch of sound this is about.")


class EventEnvelope(ConversationEnvelope):
    """What every event of a conversation says about itself."""

    seq: int = Field(ge=1, description="Counts the conversation's events from 1 without gaps, across all topics.")
