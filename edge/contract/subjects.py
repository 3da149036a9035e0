"""Every topic there is: where it lies, what is said there, and how."""

from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, JsonValue, RootModel

from edge.wire.activity import Activity
from edge.wire.alert import Alert
from edge.wire.cause import Cause
from edge.wire.command import COMMANDS, Reply
from edge.wire.conversation import ConversationMeta, ConversationState, Lifecycle
from edge.wire.emotion import Emotion
from edge.wire.envelope import Envelope
from edge.wire.error import ConversationError
from edge.wire.message import AT_LEAST_ONCE, AT_MOST_ONCE
from edge.wire.node import NodeInfo, NodeStatus, StageHealth
from edge.wire.stats import NodeStats
from edge.wire.topics import PREFIX
from edge.wire.transcript import FinalTranscript, PartialTranscript


class HomeAssistantDevice(RootModel[dict[str, JsonValue]]):
    """A device as Home Assistant's MQTT discovery has it; its format and no envelope of ours."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One topic that a node publishes to, or is asked on.

    Attributes:
        name: Names it within the document.
        address: The topic, its variable words in braces.
        payload: What is said there.
        summary: What that is, in a line.
        qos: 0: may be lost; 1: at least once.
        retain: Whether the broker keeps the newest.
        cleared: Whether what is retained is cleared, by an empty payload.
        optional: The setting that lets it be published; empty where it always is.
    """

    name: str
    address: str
    payload: type[BaseModel]
    summary: str
    qos: int = AT_LEAST_ONCE
    retain: bool = False
    cleared: bool = False
    optional: str = ""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The variable words of the address, in their order."""
        return tuple(word[1:-1] for word in self.address.split("/") if word.startswith("{"))


def _node(name: str, subject: str, payload: type[Envelope], summary: str, *, qos: int = AT_LEAST_ONCE) -> Subject:
    address = f"{PREFIX}/{{site}}/node/{{node}}/{subject}"
    return Subject(name, address, payload, summary, qos=qos, retain=qos == AT_LEAST_ONCE)


def _event(name: str, subject: str, payload: type[Envelope], summary: str, *, optional: str = "") -> Subject:
    return Subject(name, _of_conversation(subject), payload, summary, optional=optional)


def _retained(name: str, payload: type[Envelope], summary: str) -> Subject:
    return Subject(name, _of_conversation(name), payload, summary, retain=True, cleared=True)


def _of_conversation(subject: str) -> str:
    return f"{PREFIX}/{{site}}/conv/{{conversation}}/{subject}"


def _passing(name: str, subject: str, payload: type[Envelope], summary: str, *, optional: str = "") -> Subject:
    return Subject(name, _of_conversation(subject), payload, summary, qos=AT_MOST_ONCE, optional=optional)


PUBLISHED: Final = (
    _node("status", "status", NodeStatus, "Whether the node is there: its birth, its end, and its last will."),
    _node("info", "info", NodeInfo, "What the node can do."),
    _node("health", "health/{stage}", StageHealth, "How one stage of the node is doing."),
    _node("stats", "stats", NodeStats, "How the node is doing, in figures.", qos=AT_MOST_ONCE),
    _event("lifecycle", "lifecycle", Lifecycle, "The turns in a conversation's course, gaps among them."),
    _retained("meta", ConversationMeta, "The circumstances of a running conversation."),
    _retained("state", ConversationState, "Who was last understood how, at most once a second."),
    _passing("activity", "activity", Activity, "Who begins and stops to speak, before any word of it is known."),
    _passing(
        "partialTranscript",
        "transcript/partial",
        PartialTranscript,
        "The text of an unfinished utterance so far.",
        optional="publisher.partials",
    ),
    _event("finalTranscript", "transcript/final", FinalTranscript, "The words of an utterance, once."),
    _event("emotion", "emotion", Emotion, "How the speaker of an utterance feels; no words."),
    _event("cause", "cause", Cause, "What caused the emotion of an utterance, the whole list with every revision."),
    _event(
        "alert",
        "alert",
        Alert,
        "A rule of the settings has come true or is over, with its evidence.",
        optional="alerts",
    ),
    _event("error", "error", ConversationError, "One item that could not be processed; the rest went on."),
    Subject(
        "homeAssistant",
        "homeassistant/device/{device}/config",
        HomeAssistantDevice,
        "The node as Home Assistant finds it.",
        retain=True,
        cleared=True,
        optional="publisher.home_assistant.enabled",
    ),
)
"""What a node publishes by itself."""

ASKED: Final = {
    verb: Subject(
        f"{verb}Command",
        f"{PREFIX}/{{site}}/cmd/{{node}}/{verb}",
        command,
        (command.__doc__ or "").partition("\n")[0],
    )
    for verb, command in COMMANDS.items()
}
"""What a node is asked for, by verb."""

ANSWERED: Final = Subject(
    "reply", f"{PREFIX}/{{site}}/reply/{{client}}/{{request_id}}", Reply, "The answer to a command."
)
"""Where a node answers."""
