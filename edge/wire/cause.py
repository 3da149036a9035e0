"""What caused an emotion."""

from typing import Literal

from pydantic import Field

from edge.wire.envelope import EventEnvelope, Wire
from edge.wire.topics import Identifier
from model.analysis import Status


class CauseLink(Wire):
    """One utterance that caused the emotion."""

    cause: Identifier = Field(description="The causing utterance.")
    lag: int = Field(description="How many utterances earlier it came; 0 is the utterance itself.")
    lag_s: float = Field(description="From its first word to the first word of the emotion's utterance, seconds.")
    probability: float = Field(ge=0, le=1, description="Of the link.")
    is_self: bool = Field(alias="self", description="Whether the utterance caused its own emotion.")


class CauseWindow(Wire):
    """The utterances that were candidates."""

    first: Identifier = Field(description="The earliest.")
    last: Identifier = Field(description="The latest.")


class Cause(EventEnvelope):
    """All causes of one utterance's emotion; the whole list with every revision, never a change to an earlier one."""

    schema_id: Literal["undertone.cause/1"] = Field(default="undertone.cause/1", alias="schema")
    utterance: Identifier = Field(description="The utterance whose emotion is explained.")
    label: str = Field(description="That emotion; neutral has no causes.")
    revision: int = Field(ge=1, description="Grows from 1 with every change.")
    status: Status = Field(description="provisional, revised, or final: the last word, exactly once.")
    links: tuple[CauseLink, ...] = Field(description="The causes, in the order they were said.")
    no_cause_probability: float = Field(ge=0, le=1, description="Probability that no candidate is a cause.")
    window: CauseWindow = Field(description="The candidates; utterances that are withheld may be among them.")
    withheld: int = Field(
        default=0, ge=0, description="How many further links lead to utterances of people who have opted out."
    )
