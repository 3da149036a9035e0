"""A subscriber by somebody who has `docs/asyncapi.yaml` and nothing else: it rebuilds conversations from messages.

It imports nothing of ours; a test holds that. Topics, qualities of service and schemas are looked up in the document.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiomqtt
import jsonschema
import yaml
from referencing import Registry
from referencing.jsonschema import DRAFT7

DOCUMENT = Path(__file__).parents[1] / "docs" / "asyncapi.yaml"
_ROOT = "urn:document"


@dataclass(frozen=True)
class Match:
    """A channel, and what stands for each variable word of its address."""

    channel: str
    words: dict[str, str]


class Contract:
    """The document: which channel a topic belongs to, and whether what is said there keeps to it."""

    def __init__(self, path: Path = DOCUMENT) -> None:
        self.document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        self._registry = Registry().with_resource(_ROOT, DRAFT7.create_resource(self.document))
        self._addresses = {name: self._pattern(channel) for name, channel in self.document["channels"].items()}

    def at(self, thing: Any) -> Any:
        """The thing itself, where it is only referred to."""
        while isinstance(thing, dict) and "$ref" in thing:
            parts = thing["$ref"].removeprefix("#/").split("/")
            thing = self.document
            for part in parts:
                thing = thing[part]
        return thing

    def matches(self, topic: str) -> list[Match]:
        """The channels that a topic belongs to; exactly one, if all is well."""
        found = [(name, pattern.fullmatch(topic)) for name, pattern in self._addresses.items()]
        return [Match(name, match.groupdict()) for name, match in found if match]

    def address(self, channel: str, **words: str) -> str:
        """The topic of a channel; the filter for every value of the words that are not given."""
        return re.sub(r"{(\w+)}", lambda found: words.get(found[1], "+"), self.document["channels"][channel]["address"])

    def bindings(self, channel: str) -> dict[str, Any]:
        """How a channel is published to: its quality of service, and whether the broker keeps the newest."""
        here = {"$ref": f"#/channels/{channel}"}
        (operation,) = (one for one in self.document["operations"].values() if one["channel"] == here)
        return dict(operation["bindings"]["mqtt"])

    def errors(self, channel: str, payload: bytes) -> list[str]:
        """Why a payload is none of the messages of a channel; none, if it is one of them."""
        messages = [self.at(one) for one in self.document["channels"][channel]["messages"].values()]
        told = {message["name"]: self._errors(message, payload) for message in messages}
        return [] if [] in told.values() else [f"{name}: {error}" for name, errors in told.items() for error in errors]

    def _errors(self, message: dict[str, Any], payload: bytes) -> list[str]:
        if message["contentType"] == "text/plain":
            value = payload.decode()
        else:
            try:
                value = json.loads(payload)
            except ValueError as error:
                return [str(error)]
        return [error.message for error in self.validator(message["payload"]).iter_errors(value)]

    def validator(self, schema: dict[str, Any]) -> jsonschema.Draft7Validator:
        """Holds values against a schema of the document."""
        whole = {"$ref": f"{_ROOT}{schema['$ref']}"} if "$ref" in schema else schema
        return jsonschema.Draft7Validator(whole, registry=self._registry, format_checker=jsonschema.FormatChecker())

    def _pattern(self, channel: dict[str, Any]) -> re.Pattern[str]:
        def word(found: re.Match[str]) -> str:
            parameter = self.at(channel["parameters"][found[1]])
            return f"(?P<{found[1]}>{parameter['x-pattern'].strip('^$')})"

        return re.compile(re.sub(r"{(\w+)}", word, channel["address"]))


@dataclass
class Utterance:
    """What was said, and what was understood of it in the end."""

    id: str
    index: int
    speaker: str
    text: str
    words: list[str]
    emotion: dict[str, Any] | None = None
    cause: dict[str, Any] | None = None


@dataclass
class Conversation:
    """A conversation as it was told."""

    id: str
    utterances: dict[str, Utterance] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    missed: int = 0
    over: str | None = None
    _next: int = 1

    def count(self, seq: int) -> bool:
        """Whether an event is new; what is missing before it is counted."""
        if seq < self._next:
            return False
        self.missed += seq - self._next
        self._next = seq + 1
        return True


class Stranger:
    """Rebuilds conversations: words, who said them, the last word on what was felt, and why."""

    TOLD = ("lifecycle", "finalTranscript", "emotion", "cause", "alert", "error")

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.conversations: dict[str, Conversation] = {}
        self.ended = 0

    def filters(self, site: str) -> Iterator[tuple[str, int]]:
        """What to subscribe to, and with which quality of service."""
        for channel in self.TOLD:
            yield self.contract.address(channel, site=site), self.contract.bindings(channel)["qos"]

    async def listen(self, host: str, port: int, site: str, subscribed: Any) -> None:
        """Listen until a conversation has ended; `subscribed` is set once nothing more will be missed."""
        async with aiomqtt.Client(host, port) as client:
            await client.subscribe(list(self.filters(site)))
            subscribed.set()
            async for message in client.messages:
                self.hear(message.topic.value, message.payload)
                if self.ended:
                    return

    def hear(self, topic: str, payload: bytes) -> None:
        """Take a message in."""
        (match,) = self.contract.matches(topic)
        assert self.contract.errors(match.channel, payload) == []
        said = json.loads(payload)
        conversation = self.conversations.setdefault(
            match.words["conversation"], Conversation(match.words["conversation"])
        )
        if conversation.count(said["seq"]):
            getattr(self, f"_{match.channel}")(conversation, said)

    def _lifecycle(self, conversation: Conversation, said: dict[str, Any]) -> None:
        match said["event"]:
            case "speakers_merged":
                conversation.merged[said["speakers"]["gone"]] = said["speakers"]["kept"]
            case "gap":
                conversation.gaps.append(said["lost"])
            case "ended":
                conversation.over = said["reason"]
                self.ended += 1

    def _finalTranscript(self, conversation: Conversation, said: dict[str, Any]) -> None:  # noqa: N802 - the channel's name
        words = [word["text"] for word in said["words"]]
        conversation.utterances[said["utterance"]] = Utterance(
            said["utterance"], said["index"], said["speaker"]["id"], said["text"], words
        )

    def _emotion(self, conversation: Conversation, said: dict[str, Any]) -> None:
        if said["status"] == "final":
            conversation.utterances[said["utterance"]].emotion = said["emotion"]

    def _cause(self, conversation: Conversation, said: dict[str, Any]) -> None:
        if said["status"] == "final":
            conversation.utterances[said["utterance"]].cause = said

    def _alert(self, conversation: Conversation, said: dict[str, Any]) -> None:
        """It is counted by `seq` like every event; what it says has been told."""

    def _error(self, conversation: Conversation, said: dict[str, Any]) -> None:
        """One item is lost: there is nothing to rebuild."""
