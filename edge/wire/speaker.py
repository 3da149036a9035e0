"""Who spoke, on the wire."""

from pydantic import Field

from edge.wire.envelope import Wire
from realtime.events import SpeakerKind


class Speaker(Wire):
    """Who spoke, and how that is known."""

    id: str = Field(max_length=64, description="Names the speaker within the conversation; `unknown` is nobody.")
    kind: SpeakerKind = Field(description="How the speaker is known: by channel, by voice, by enrolment, or not.")
    confidence: float = Field(ge=0, le=1, description="How sure that is, 0 to 1.")
