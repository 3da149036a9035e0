"""A subscriber that misses nothing: whatever reached the broker reaches it, across outages of both."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edge.mqtt.address import BrokerAddress
from tests.faults.table import Row

_AGAIN_S = 0.05


@dataclass(frozen=True)
class Seen:
    """One message: the words of its topic after the site, and its payload; empty where a topic was cleared."""

    about: str
    subject: str
    payload: dict[str, Any]


class Witness:
    """Everything that a persistent QoS 1 subscription brought so far, in the order of arrival."""

    def __init__(self, address: BrokerAddress, name: str, protocol: str) -> None:
        self.seen: list[Seen] = []
        self._address = address
        self._name = name
        self._protocol = protocol
        self._ids: set[str] = set()
        self._changed = asyncio.Condition()
        self._listening = asyncio.Event()

    def events(self) -> list[dict[str, Any]]:
        """What is counted by `seq`: every event once, in the order in which it came first."""
        return list({seen.payload["event_id"]: seen.payload for seen in self._counted()}.values())

    def of(self, subject: str) -> list[dict[str, Any]]:
        """The different payloads of a subject, such as `emotion` or `status`, in order."""
        found = [seen.payload for seen in self.seen if seen.subject == subject and seen.payload]
        return list({payload["event_id"]: payload for payload in found}.values())

    def gaps(self) -> list[dict[str, Any]]:
        """What was announced as lost."""
        return [payload for payload in self.of("lifecycle") if payload["event"] == "gap"]

    def conversations(self) -> list[str]:
        """Their ids, in order."""
        return list(dict.fromkeys(event["conversation_id"] for event in self.events()))

    def numbers(self, conversation: str) -> list[int]:
        """The `seq` of a conversation's events, in the order in which they came first."""
        return [event["seq"] for event in self.events() if event["conversation_id"] == conversation]

    def row(self, fault: str, made: int, remark: str = "") -> Row:
        """What this subscriber has to say about a fault; events that were announced as dropped are not lost."""
        received, announced = len(self.events()), sum(gap["lost"]["messages"] for gap in self.gaps())
        duplicates = len(self._counted()) - received
        return Row(fault, made, received, duplicates, made - received - announced, len(self.gaps()), remark)

    async def until(self, done: Callable[["Witness"], object], within_s: float = 20.0) -> None:
        """Wait until something holds of it."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(lambda: done(self))

    async def events_came(self, count: int, within_s: float = 20.0) -> None:
        """Wait until so many different events came; the time that is up shows in the row."""
        with suppress(TimeoutError):
            await self.until(lambda _: len(self._ids) >= count, within_s)

    async def listen(self) -> None:
        """Hear everything, until it is cancelled; a lost broker is tried again at once."""
        while True:
            with suppress(aiomqtt.MqttError):
                await self._listen()
            await asyncio.sleep(_AGAIN_S)

    async def listening(self) -> None:
        """Return once the broker knows what is asked for."""
        await asyncio.wait_for(self._listening.wait(), 10.0)

    async def _listen(self) -> None:
        lasting = _lasting_5() if self._protocol == "5" else {"clean_session": False}
        async with aiomqtt.Client(self._address.host, self._address.port, identifier=self._name, **lasting) as client:
            await client.subscribe("undertone/v1/#", qos=1)
            self._listening.set()
            async for message in client.messages:
                await self._note(message)

    async def _note(self, message: aiomqtt.Message) -> None:
        *_, kind, owner, subject = message.topic.value.split("/", maxsplit=5)
        assert isinstance(message.payload, bytes)
        payload = json.loads(message.payload) if message.payload else {}
        async with self._changed:
            self.seen.append(Seen(f"{kind}/{owner}", subject, payload))
            if "seq" in payload:
                self._ids.add(payload["event_id"])
            self._changed.notify_all()

    def _counted(self) -> list[Seen]:
        return [seen for seen in self.seen if "seq" in seen.payload]


@asynccontextmanager
async def witness(address: BrokerAddress, name: str = "witness", protocol: str = "3.1.1") -> AsyncIterator[Witness]:
    """A witness that listens."""
    one = Witness(address, name, protocol)
    listening = asyncio.create_task(one.listen())
    try:
        await one.listening()
        yield one
    finally:
        listening.cancel()
        await asyncio.wait({listening})


def changed_finals(one: Witness) -> Counter[str]:
    """Results that were called final and then came again otherwise, by topic; there must be none."""
    told: dict[tuple[str, str, str], dict[str, Any]] = {}
    changed: Counter[str] = Counter()
    for event in one.events():
        if event.get("status") == "final" or "text" in event:
            place = event["conversation_id"], event["utterance"], event["schema"]
            changed[event["schema"]] += place in told
            told[place] = event
    return +changed


def _lasting_5() -> dict[str, Any]:
    """A session that outlives its connection, as MQTT 5 asks for it."""
    properties = Properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = 3600
    return {"protocol": aiomqtt.ProtocolVersion.V5, "clean_start": False, "properties": properties}
