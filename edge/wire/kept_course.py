"""What the messages of a running conversation go on from after a crash."""

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from edge.alerts.group import Raised
from edge.wire.conversation import SpeakerState
from edge.wire.topics import Identifier


class KeptState(BaseModel):
    """Who was last understood how, as `RunningState` has it."""

    model_config = ConfigDict(frozen=True)

    speakers: dict[str, SpeakerState] = {}
    newest: dict[str, int] = {}
    last_utterance: Identifier | None = None
    last_index: int = -1


class KeptCourse(BaseModel):
    """How far the messages of a conversation had come.

    Attributes:
        started: When it began, UTC.
        at: When this was noted, UTC.
        seq: Number of its last event.
        utterances: How many were said.
        withheld: How many besides were withheld.
        next_index: The index of the next.
        newest_s: Media time of the newest sound that was spoken of.
        state: How its speakers were understood.
        names: What speakers are called, where somebody gave them names, by id.
        alerts: What is raised.
    """

    model_config = ConfigDict(frozen=True)

    started: AwareDatetime
    at: AwareDatetime
    seq: int = Field(ge=0)
    utterances: int = Field(ge=0)
    withheld: int = Field(default=0, ge=0)
    next_index: int = Field(ge=0)
    newest_s: float = Field(ge=0, allow_inf_nan=False)
    state: KeptState = KeptState()
    names: dict[str, str] = {}
    alerts: tuple[Raised, ...] = ()


def read_course(saved: bytes) -> KeptCourse | None:
    """The course in these bytes; None where there is none that can be read."""
    try:
        return KeptCourse.model_validate_json(saved)
    except ValidationError:
        return None
