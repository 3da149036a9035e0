"""Who is heard at this moment, before any word of it is known."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from edge.wire.envelope import ConversationEnvelope
from edge.wire.speaker import Speaker


class Voice(StrEnum):
    """What a voice does."""

    STARTED = "started"
    STOPPED = "stopped"


class Activity(ConversationEnvelope):
    """Somebody began to speak, or stopped. Only where sound is heard: captions come as whole utterances."""

    schema_id: Literal["undertone.activity/1"] = Field(default="undertone.activity/1", alias="schema")
    voice: Voice = Field(
        description="started: somebody speaks from the start of `media` on; stopped: they spoke in that stretch. "
        "What turns out to be a noise started and stopped, too."
    )
    channel: int = Field(ge=0, description="The channel it is heard on; the next message of a channel replaces it.")
    speaking: int = Field(ge=0, description="On how many channels somebody speaks from this moment on; 0: nobody does.")
    speaker: Speaker = Field(
        description="Who speaks, where the channel tells; else `unknown`: people are known by voice only afterwards."
    )
    level_dbfs: float = Field(
        ge=-120,
        le=0,
        description="How loud: root mean square, decibels below a full-scale square wave. Of a start, of its first "
        "tenth of a second; of a stop, of all that was heard.",
    )
