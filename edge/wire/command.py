"""What others ask a node for, and what it answers."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from edge.wire.envelope import SHORT_TEXT, Envelope, Wire
from edge.wire.topics import Identifier
from model.modality import Modality

LONGEST_MUTE_S = 3600.0
"""Nobody may silence a node for longer at once with `mute`; `pause` and `stop` last until they are taken back."""

_NAME_MAX: Final = 64
_MOST_OPTED_OUT: Final = 64


def _shown(name: str) -> str:
    if not name.isprintable():
        raise ValueError("holds what cannot be shown")
    return name


SpeakerName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=_NAME_MAX),
    AfterValidator(_shown),
]
"""What a speaker is called: the id that stands in the payloads."""


class Command(Wire):
    """What every command says about itself."""

    client: Identifier = Field(description="Who asks; part of the topic of the answer.")
    request_id: Identifier = Field(description="Which question this is; the other part of that topic.")
    expires: AwareDatetime | None = Field(
        default=None, description="After this moment it is refused, not carried out; null for never."
    )


class _WithReason(Command):
    reason: str = Field(
        default="", max_length=200, description="Why, in a few words; published. Left away: who asked for it."
    )


class StartCommand(Command):
    """Listen again after `stop`; the next speech begins a new conversation."""


class PauseCommand(_WithReason):
    """Hear nothing and look at no picture until `resume`, whoever asks for that."""


class ResumeCommand(Command):
    """End the pause, whoever asked for it."""


class StopCommand(_WithReason):
    """End the running conversation, once what was heard is worked off; hear nothing until `start`."""


class MuteCommand(Command):
    """Do not listen for a while, or listen again."""

    muted: bool = Field(description="true: do not listen; false: listen again, if nobody else asked for silence.")
    for_s: float = Field(
        default=60.0, gt=0.0, le=LONGEST_MUTE_S, description="Listen again by itself after so many seconds."
    )
    reason: str = Field(default="muted", min_length=1, max_length=200, description="Why, in a few words; published.")


class ForgetCommand(Command):
    """Remove everything that is stored about a conversation, a speaker, or a speaker in one conversation."""

    conversation: Identifier | None = Field(default=None, description="The conversation; null for every one.")
    speaker: SpeakerName | None = Field(
        default=None,
        description="The speaker, as the payloads or an enrolment name them; null for all of a conversation.",
    )

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if self.conversation is None and self.speaker is None:
            raise ValueError("say which conversation, which speaker, or both")
        return self


class RelabelCommand(Command):
    """Call a speaker of the running conversation something else from now on."""

    speaker: SpeakerName = Field(description="The id so far.")
    name: SpeakerName = Field(
        description="The id from now on, 1 to 64 letters; that of somebody else makes one of the two, for readers."
    )


class SetCommand(Command):
    """Switch something while the node runs; what is left away stays. For later utterances, and for later starts."""

    camera: bool | None = Field(default=None, description="Whether the camera's pictures are looked at.")
    modalities: tuple[Modality, ...] | None = Field(
        default=None, max_length=len(Modality), description="What emotions are read from; text is always among it."
    )
    link_threshold: float | None = Field(
        default=None, gt=0.0, lt=1.0, description="Least probability of a published link."
    )
    partials: bool | None = Field(default=None, description="Whether unfinished text is published.")
    opt_out: tuple[SpeakerName, ...] | None = Field(
        default=None,
        max_length=_MOST_OPTED_OUT,
        description="Everybody whose utterances are neither analysed nor published; it replaces the list before.",
    )

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if self.modalities is not None and Modality.TEXT not in self.modalities:
            raise ValueError("text must be among the modalities")
        if not self.wanted():
            raise ValueError("say what to set")
        return self

    def wanted(self) -> dict[str, object]:
        """What was asked to be set."""
        own = SetCommand.model_fields.keys() - Command.model_fields.keys()
        return {name: value for name in own if (value := getattr(self, name)) is not None}


COMMANDS: Final[Mapping[str, type[Command]]] = MappingProxyType(
    {
        "start": StartCommand,
        "pause": PauseCommand,
        "resume": ResumeCommand,
        "stop": StopCommand,
        "mute": MuteCommand,
        "forget": ForgetCommand,
        "relabel": RelabelCommand,
        "set": SetCommand,
    }
)
"""Every verb, and what is said with it."""

Code = Literal["", "unknown", "invalid", "expired", "impossible", "busy"]
"""Why a command was not carried out, for programs."""


class Reply(Envelope):
    """The answer to a command."""

    schema_id: Literal["undertone.reply/1"] = Field(default="undertone.reply/1", alias="schema")
    client: Identifier = Field(description="Who asked.")
    request_id: Identifier = Field(description="Which question this answers.")
    verb: str = Field(max_length=SHORT_TEXT, description="What was asked for.")
    ok: bool = Field(description="Whether it was done.")
    code: Code = Field(
        description="Why not, for programs: no such command, not understood, too late, not possible here or now, too "
        "many commands at once; empty when it was done."
    )
    message: str = Field(max_length=SHORT_TEXT, description="What was done, or why not, for people.")
    counts: dict[str, int] = Field(default={}, description="Of forget: how much of each kind was removed.")
