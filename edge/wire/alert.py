"""What drew attention to how somebody feels, by a rule of the settings."""

from typing import Final, Literal, TypeAlias

from pydantic import Field

from edge.wire.envelope import SHORT_TEXT, EventEnvelope, Wire
from edge.wire.topics import Identifier
from model.analysis import Status

SPEAKERS_MAX: Final = 8
CAUSES_MAX: Final = 6

AlertState: TypeAlias = Literal["raised", "cleared"]
"""Whether there is an alert from now on."""


class AlertEvidence(Wire):
    """An utterance that an alert was raised by, as it was understood then."""

    utterance: Identifier = Field(description="The utterance.")
    label: str = Field(description="Its emotion.")
    probability: float = Field(ge=0, le=1, description="Of that emotion.")
    status: Status = Field(description="provisional, revised, or final: how settled that was.")
    causes: tuple[Identifier, ...] = Field(
        max_length=CAUSES_MAX, description="The utterances that caused it, the most probable ones."
    )


class Alert(EventEnvelope):
    """A rule has come true, or it is over; raised once until it is cleared."""

    schema_id: Literal["undertone.alert/1"] = Field(default="undertone.alert/1", alias="schema")
    rule: Identifier = Field(description="Which rule of the node's settings.")
    state: AlertState = Field(description="raised or cleared.")
    speakers: tuple[str, ...] = Field(
        max_length=SPEAKERS_MAX, description="Whom it is about; several where a rule counts everybody together."
    )
    labels: tuple[str, ...] = Field(description="The emotions of the evidence.")
    probability: float | None = Field(
        ge=0, le=1, description="Of the least probable evidence; null where the evidence was forgotten."
    )
    status: Status | None = Field(description="Of the least settled evidence; null where the evidence was forgotten.")
    evidence: tuple[AlertEvidence, ...] = Field(
        description="The utterances that it was raised by, in order; cleared repeats them, unless they were forgotten."
    )
    reason: str = Field(max_length=SHORT_TEXT, description="Why, in a few words.")
