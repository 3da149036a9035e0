"""What others ask a node for, and what it answers."""

from typing import Literal

from pydantic import AwareDatetime, Field

from edge.wire.envelope import SHORT_TEXT, Envelope, Wire
from edge.wire.topics import Identifier

LONGEST_MUTE_S = 3600.0
"""Nobody may silence a node for longer at once."""


class Command(Wire):
    """What every command says about itself."""

    client: Identifier = Field(description="Who asks; part of the topic of the answer.")
    request_id: Identifier = Field(description="Which question this is; the other part of that topic.")
    expires: AwareDatetime | None = Field(
        default=None, description="After this moment it is refused, not carried out; null for never."
    )


class MuteCommand(Command):
    """Do not listen for a while, or listen again."""

    muted: bool = Field(description="true: do not listen; false: listen again, if nobody else asked for silence.")
    for_s: float = Field(
        default=60.0, gt=0.0, le=LONGEST_MUTE_S, description="Listen again by itself after so many seconds."
    )
    reason: str = Field(default="muted", min_length=1, max_length=200, description="Why, in a few words; published.")


class Reply(Envelope):
    """The answer to a command."""

    schema_id: Literal["undertone.reply/1"] = Field(default="undertone.reply/1", alias="schema")
    client: Identifier = Field(description="Who asked.")
    request_id: Identifier = Field(description="Which question this answers.")
    verb: str = Field(max_length=SHORT_TEXT, description="What was asked for.")
    ok: bool = Field(description="Whether it was done.")
    code: Literal["", "unknown", "invalid", "expired"] = Field(
        description="Why not, for programs: no such command, not understood, too late; empty when it was done."
    )
    message: str = Field(max_length=SHORT_TEXT, description="What was done, or why not, for people.")
