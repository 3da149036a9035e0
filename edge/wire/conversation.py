"""What is said about a conversation as a whole: its course, its circumstances, its present state."""

from typing import Literal, TypeAlias

from pydantic import AwareDatetime, Field

from edge.wire.emotion import Affect
from edge.wire.envelope import SHORT_TEXT, ConversationEnvelope, EventEnvelope, Wire
from edge.wire.topics import Identifier

Turn: TypeAlias = Literal["started", "paused", "resumed", "gap", "speakers_merged", "relabelled", "ended"]
"""What happens in a conversation's course."""


class Lost(Wire):
    """What did not come through."""

    utterances: int = Field(default=0, ge=0, description="Stretches of speech that could not be processed.")
    audio_s: float = Field(default=0.0, ge=0, description="Sound lost before it was heard, seconds.")
    messages: int = Field(default=0, ge=0, description="Events dropped while the broker was away: a hole in `seq`.")


class MergedSpeakers(Wire):
    """Two ids that are one person's. What was said before stays as it was said."""

    kept: str = Field(max_length=64, description="The id that this person has from now on.")
    gone: str = Field(max_length=64, description="The id that this person had besides; nobody has it any more.")


class Lifecycle(EventEnvelope):
    """A turn in a conversation's course."""

    schema_id: Literal["undertone.lifecycle/1"] = Field(default="undertone.lifecycle/1", alias="schema")
    event: Turn = Field(
        description="What happened; paused: nothing is heard, on purpose; gap: something was lost, as `lost` says; "
        "speakers_merged: two speakers turned out to be one person, as `speakers` says; relabelled: somebody is called "
        "otherwise from now on, as `speakers` says."
    )
    reason: str = Field(max_length=SHORT_TEXT, description="Why, in a few words.")
    utterances: int = Field(ge=0, description="Utterances of this conversation so far.")
    withheld: int = Field(
        default=0, ge=0, description="How many besides are withheld: whoever said them has opted out."
    )
    lost: Lost = Field(description="Of a gap: what it swallowed. Of the end: all utterances that were lost.")
    speakers: MergedSpeakers | None = Field(
        default=None,
        description="Of speakers_merged: who turned out to be one person; of relabelled: who is called otherwise; else "
        "null.",
    )


class ConversationMeta(ConversationEnvelope):
    """The circumstances of a running conversation; cleared at its end."""

    schema_id: Literal["undertone.meta/1"] = Field(default="undertone.meta/1", alias="schema")
    started: AwareDatetime = Field(description="When the conversation began, UTC.")
    purpose: str = Field(max_length=SHORT_TEXT, description="What people are listened to for.")
    notice: str = Field(max_length=SHORT_TEXT, description="How people were told; empty if nobody said.")
    modalities: tuple[str, ...] = Field(description="What emotions are read from: text, audio, video.")
    language: str = Field(description="What is spoken, ISO 639-1.")
    labels: tuple[str, ...] = Field(description="Emotions that are told apart, in no order.")


class SpeakerState(Wire):
    """How one speaker was last understood."""

    utterance: Identifier = Field(description="The utterance this was read from.")
    label: str = Field(description="The most probable emotion.")
    confidence: float = Field(ge=0, le=1, description="Its probability, 0 to 1.")
    affect: Affect | None = Field(description="Where that lies on the affect plane; null for labels without place.")


class ConversationState(ConversationEnvelope):
    """The present state of a running conversation, at most once a second; cleared at its end."""

    schema_id: Literal["undertone.state/1"] = Field(default="undertone.state/1", alias="schema")
    speakers: dict[str, SpeakerState] = Field(description="By speaker id, those who spoke last; at most 16.")
    last_utterance: Identifier | None = Field(description="The newest utterance; null before the first.")
    keeping_up: bool = Field(description="Whether results come in time: no stage is lagging.")
