"""Where each subject is published: the topic tree `undertone/v1/<site>/…`."""

import re
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import StringConstraints

PREFIX: Final = "undertone/v1"
"""`v1` changes only when a payload breaks its readers."""

ID_PATTERN: Final = r"^[a-z0-9-]{1,36}$"
"""What an id may consist of. Nothing that means something in a topic (`/`, `+`, `#`, `$`) is among it."""

Identifier = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
"""An id on the wire: a site, a node, a boot, a conversation, an utterance."""

_ID = re.compile(r"[a-z0-9-]{1,36}")


def checked(identifier: str) -> str:
    """The identifier itself.

    Raises:
        ValueError: It could not stand in a topic.
    """
    if _ID.fullmatch(identifier) is None:
        raise ValueError(f"{identifier!r} is no id: 1 to 36 of a-z, 0-9 and '-'")
    return identifier


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics one node publishes to.

    Attributes:
        site: The place; one level of the topic.
        node: A process on a host.
    """

    site: str
    node: str

    def __post_init__(self) -> None:
        checked(self.site)
        checked(self.node)

    @property
    def status(self) -> str:
        """Whether the node is there: birth, will and clean exit."""
        return self._node("status")

    @property
    def info(self) -> str:
        """What the node can do."""
        return self._node("info")

    @property
    def stats(self) -> str:
        """How the node is doing, in figures."""
        return self._node("stats")

    def health(self, stage: str) -> str:
        """How one stage of the node is doing."""
        return self._node(f"health/{checked(stage)}")

    def conversation(self, conversation: str, subject: str) -> str:
        """A subject of a conversation, such as `meta`, `lifecycle` or `transcript/final`."""
        levels = "/".join(checked(level) for level in subject.split("/"))
        return f"{PREFIX}/{self.site}/conv/{checked(conversation)}/{levels}"

    def any_conversation(self, subject: str) -> str:
        """The filter that matches a subject of every conversation of the site; `+` is every subject of one word."""
        return f"{PREFIX}/{self.site}/conv/+/{subject}"

    @property
    def commands(self) -> str:
        """The filter that matches what this node is asked for."""
        return f"{PREFIX}/{self.site}/cmd/{self.node}/+"

    def command(self, verb: str) -> str:
        """Where this node is asked for something."""
        return f"{PREFIX}/{self.site}/cmd/{self.node}/{checked(verb)}"

    def reply(self, client: str, request_id: str) -> str:
        """Where a client finds the answer to its command."""
        return f"{PREFIX}/{self.site}/reply/{checked(client)}/{checked(request_id)}"

    def _node(self, subject: str) -> str:
        return f"{PREFIX}/{self.site}/node/{self.node}/{subject}"


@dataclass(frozen=True, slots=True)
class Place:
    """What a received topic is about.

    Attributes:
        kind: `node` or `conv`.
        id: Of the node or the conversation.
        subject: The rest, such as `status` or `transcript/final`.
    """

    kind: str
    id: str
    subject: str


def subscription(site: str) -> str:
    """The filter that matches everything of a site."""
    return f"{PREFIX}/{checked(site)}/#"


def is_dialogue(topic: str) -> bool:
    """Whether a topic of ours carries commands or their answers, which concern only those two."""
    match topic.split("/", maxsplit=4):
        case ["undertone", "v1", _, "cmd" | "reply", _]:
            return True
        case _:
            return False


def place_of(topic: str) -> Place | None:
    """What a topic is about; None if it is not one of ours."""
    match topic.split("/", maxsplit=5):
        case ["undertone", "v1", _, "node" | "conv" as kind, owner, subject] if _ID.fullmatch(owner):
            return Place(kind, owner, subject)
        case _:
            return None
