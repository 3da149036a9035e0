"""Everything that came over a broker during a run, held against the AsyncAPI document alone."""

import asyncio
import json
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiomqtt
from paho.mqtt.subscribeoptions import SubscribeOptions

from tests.stranger import Contract

LONGEST = 8_000
ORDER = ("finalTranscript", "emotion", "cause")


@dataclass(frozen=True)
class Recorded:
    """One message; `qos` and `retain` are None where nobody looked."""

    topic: str
    payload: bytes
    qos: int | None = None
    retain: bool | None = None
    expiry_s: int | None = None


@asynccontextmanager
async def recording(host: str, port: int) -> AsyncIterator[list[Recorded]]:
    """Everything at a broker that speaks MQTT 5, as it was published."""
    messages: list[Recorded] = []
    async with aiomqtt.Client(host, port, protocol=aiomqtt.ProtocolVersion.V5) as client:
        await client.subscribe("#", options=SubscribeOptions(qos=1, retainAsPublished=True))
        listening = asyncio.create_task(_listen(client, messages))
        try:
            yield messages
        finally:
            listening.cancel()
            await asyncio.wait({listening})


async def _listen(client: aiomqtt.Client, messages: list[Recorded]) -> None:
    async for message in client.messages:
        expiry_s = getattr(message.properties, "MessageExpiryInterval", None)
        topic, payload = message.topic.value, bytes(message.payload)
        messages.append(Recorded(topic, payload, message.qos, bool(message.retain), expiry_s))


async def recorded(messages: list[Recorded], done: Callable[[Recorded], bool], within_s: float = 30.0) -> Recorded:
    """The first message that is `done`, once it has come."""
    async with asyncio.timeout(within_s):
        while (found := next(filter(done, messages), None)) is None:  # noqa: ASYNC110 - it is read by another task
            await asyncio.sleep(0.02)
    return found


@dataclass(frozen=True)
class Told:
    """A message that keeps to the document."""

    channel: str
    words: dict[str, str]
    said: dict[str, Any]


class Checked:
    """A recording of which every message keeps to the document; what it says by itself is checked on the way.

    Args:
        contract: The document.
        messages: The recording, in the order of arrival.
    """

    def __init__(self, contract: Contract, messages: Iterable[Recorded]) -> None:
        self._contract = contract
        self.told = [self._check(message) for message in messages]
        self.channels = {one.channel for one in self.told}

    def of(self, channel: str) -> list[dict[str, Any]]:
        """What was said on a channel; nothing where it was cleared."""
        return [one.said for one in self.told if one.channel == channel and one.said]

    def check_order(self) -> None:
        """Hold the promises that are about several messages."""
        self._check_counts()
        self._check_utterances()
        self._check_clearing()
        ids = [one.said["event_id"] for one in self.told if "event_id" in one.said]
        assert len(set(ids)) == len(ids)

    def _check(self, message: Recorded) -> Told:
        where = f"{message.topic}: {message.payload[:200]!r}"
        matches = self._contract.matches(message.topic)
        assert len(matches) == 1, f"{where} belongs to {[match.channel for match in matches]}"
        (match,) = matches
        assert self._contract.errors(match.channel, message.payload) == [], where
        assert len(message.payload) < LONGEST, where
        bindings = self._contract.bindings(match.channel)
        assert message.qos in {None, bindings["qos"]}, where
        assert message.retain in {None, bindings["retain"]}, where
        if message.qos is not None:
            assert (message.expiry_s is None) == ("messageExpiryInterval" not in bindings), where
        said = json.loads(message.payload) if message.payload else {}
        self._check_envelope(match.channel, match.words, said)
        return Told(match.channel, match.words, said)

    def _check_envelope(self, channel: str, words: dict[str, str], said: dict[str, Any]) -> None:
        parameters = self._contract.document["channels"][channel]["parameters"]
        for word, value in words.items():
            location = self._contract.at(parameters[word]).get("location")
            if location and said:
                assert said[location.removeprefix("$message.payload#/")] == value
        if "event_id" in said:
            assert uuid.UUID(said["event_id"]).version == 7
            assert datetime.fromisoformat(said["at"]).utcoffset() == timedelta(0)
        if "media" in said:
            assert said["media"]["start_s"] <= said["media"]["end_s"]

    def _check_counts(self) -> None:
        counts: dict[str, list[int]] = defaultdict(list)
        for one in self.told:
            if "seq" in one.said:
                counts[one.said["conversation_id"]].append(one.said["seq"])
        for numbers in counts.values():
            assert numbers == list(range(1, len(numbers) + 1))

    def _check_utterances(self) -> None:
        order: dict[str, list[str]] = defaultdict(list)
        finals: dict[tuple[str, str], int] = defaultdict(int)
        revisions: dict[tuple[str, str], int] = defaultdict(int)
        for one in self.told:
            if one.channel not in ORDER:
                continue
            utterance = f"{one.said['conversation_id']} {one.said['utterance']}"
            order[utterance].append(one.channel)
            if one.channel == "finalTranscript":
                continue
            place = (utterance, one.channel)
            assert not finals[place], "something came after the last word"
            assert one.said["revision"] == revisions[place] + 1
            revisions[place] += 1
            finals[place] += one.said["status"] == "final"
        assert all(list(dict.fromkeys(channels)) == list(ORDER) for channels in order.values()), order
        assert all(count == 1 for count in finals.values()), finals

    def _check_clearing(self) -> None:
        ended = {said["conversation_id"] for said in self.of("lifecycle") if said["event"] == "ended"}
        last: dict[tuple[str, str], dict[str, Any]] = {}
        for one in self.told:
            if one.channel in {"meta", "state"}:
                last[one.words["conversation"], one.channel] = one.said
        for (conversation, channel), said in last.items():
            assert conversation in ended
            assert not said, f"{channel} is retained after the end"


def kept(messages: Iterable[Recorded]) -> dict[str, bytes]:
    """What a broker still keeps at the end of a recording, by topic."""
    newest = {message.topic: message.payload for message in messages if message.retain}
    return {topic: payload for topic, payload in newest.items() if payload}
