"""Whether results can be published: the broker answers, lets us in, and hands a message on; or its ports are free."""

import asyncio
import socket
import time
import uuid
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

import aiomqtt

from edge.brokers import embedded
from edge.brokers.embedded import LOOPBACK
from edge.doctor.check import Finding, State, ok, problem, warning
from edge.mqtt.access import refuse_insecure
from edge.mqtt.address import BrokerAddress, parse_address
from edge.mqtt.client import MessageRefusedError, MqttVersion, new_client, refusal
from edge.mqtt.leftovers import retained_messages
from edge.mqtt.name_guard import presence_in
from edge.mqtt.trust import Credentials
from edge.settings import EMBEDDED, AppSettings
from edge.wire.node import Presence
from edge.wire.topics import PREFIX, Topics

_KEEPALIVE_S: Final = 15
_ANSWER_S: Final = 3.0
_REFUSED: Final = 0x80  # reason codes from here on are refusals, in MQTT 3.1.1 and 5 alike
_LIVE: Final = (Presence.ONLINE, Presence.DEGRADED)
_STAGE: Final = "doctor"


class Occupant(StrEnum):
    """Who has taken a port of ours."""

    UNDERTONE = "undertone"
    BROKER = "broker"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class BrokerCheck:
    """Publishes an empty message to itself, which subscribers take for a cleared topic; nothing is retained.

    Attributes:
        settings: Those in force.
    """

    name: ClassVar[str] = "broker"
    limit_s: ClassVar[float] = 15.0

    settings: AppSettings

    async def look(self) -> Sequence[Finding]:
        """Whether a message comes back, and how long it takes."""
        if self.settings.publisher.broker == EMBEDDED:
            return await self._inside()
        address = parse_address(self.settings.publisher.broker)
        refuse_insecure(self.settings.publisher, address)
        insecure = [] if address.is_loopback or address.tls else [_readable(address)]
        return [*await self._round_trip(address), *insecure]

    async def _inside(self) -> Sequence[Finding]:
        """The broker that undertone brings: its ports, and whether it works."""
        taken = [
            (setting, port)
            for setting, port in (
                ("PORT", self.settings.broker.port),
                ("WEBSOCKET_PORT", self.settings.broker.websocket_port),
            )
            if port and not is_free(port)
        ]
        if taken:
            occupant = await self._occupant(self.settings.broker.port)
            return [_taken(setting, port, occupant) for setting, port in taken]
        broker = embedded.create(embedded.Settings(port=0, websocket_port=None))
        await broker.open()
        try:
            return await self._round_trip(broker.address)
        finally:
            await broker.close()

    async def _occupant(self, port: int) -> Occupant:
        """Who listens at a port of this machine."""
        if not port:
            return Occupant.OTHER
        try:
            async with asyncio.timeout(_ANSWER_S), self._client(BrokerAddress(LOOPBACK, port)) as client:
                said = await retained_messages(client, f"{PREFIX}/+/node/+/status")
        except (aiomqtt.MqttError, TimeoutError):
            return Occupant.OTHER
        return Occupant.UNDERTONE if _is_anybody_there(said) else Occupant.BROKER

    async def _round_trip(self, address: BrokerAddress) -> Sequence[Finding]:
        topics = Topics(self.settings.site, self.settings.node)
        started = time.perf_counter()
        try:
            async with self._client(address) as client:
                connected = time.perf_counter()
                finding = await _sent_to_itself(client, address, topics.health(_STAGE), connected - started)
                also = await _conversations(client, address, topics) if finding.state is State.OK else []
                return [finding, *also, *await _namesake(client, topics)]
        except aiomqtt.MqttError as error:
            raise refusal(address, error) from error

    def _client(self, address: BrokerAddress) -> aiomqtt.Client:
        publisher = self.settings.publisher
        inside = publisher.broker == EMBEDDED
        return new_client(
            address,
            Credentials() if inside else publisher.credentials(),
            MqttVersion.V3_1_1 if inside else publisher.protocol,
            f"doctor-{uuid.uuid4().hex[:12]}",
            _KEEPALIVE_S,
        )


def _taken(setting: str, port: int, occupant: Occupant) -> Finding:
    """What it means that a port of the broker inside is taken.

    Args:
        setting: `PORT` or `WEBSOCKET_PORT`.
        port: Its number.
        occupant: Who listens at the first of them.
    """
    another = f"UNDERTONE_BROKER__{setting}=0 takes any free one"
    if occupant is Occupant.UNDERTONE:
        return ok(f"undertone runs already, and has port {port}")
    if occupant is Occupant.BROKER and setting == "PORT":
        here = f"UNDERTONE_PUBLISHER__BROKER=mqtt://{LOOPBACK}:{port} publishes there; {another}"
        return problem(f"port {port} on {LOOPBACK} is taken by another broker", here)
    return problem(f"port {port} on {LOOPBACK} is taken by another program", another)


def _is_anybody_there(said: Iterable[aiomqtt.Message]) -> bool:
    """Whether one of these statuses is of a node that lives."""
    return any(presence_in(message.payload) in _LIVE for message in said)


def is_free(port: int) -> bool:
    """Whether a server could listen at this port of this machine."""
    with closing(socket.socket()) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


async def _sent_to_itself(client: aiomqtt.Client, address: BrokerAddress, topic: str, connected_s: float) -> Finding:
    granted = await client.subscribe(topic, qos=1)
    if any((code if isinstance(code, int) else code.value) >= _REFUSED for code in granted):
        return warning(
            f"{address} lets us in, but not read {topic}: whether it takes our messages cannot be seen",
            f"In Mosquitto's ACL: topic readwrite {topic}",
        )
    started = time.perf_counter()
    if not await _comes_back(client, topic):
        return problem(
            f"{address} lets us in, but hands on nothing that we publish to {topic}",
            f"Allow it; in Mosquitto's ACL: topic readwrite {topic.rpartition('/health/')[0]}/#",
        )
    took_ms = 1e3 * (time.perf_counter() - started)
    return ok(f"{address} lets us in ({1e3 * connected_s:.0f} ms); a message is there and back in {took_ms:.0f} ms")


async def _comes_back(client: aiomqtt.Client, topic: str) -> bool:
    """Whether the broker hands on to us what we publish there."""
    try:
        await client.publish(topic, b"", qos=1)
        async with asyncio.timeout(_ANSWER_S):
            async for message in client.messages:
                if message.topic.value == topic:
                    return True
    except (TimeoutError, MessageRefusedError):
        pass
    return False


async def _conversations(client: aiomqtt.Client, address: BrokerAddress, topics: Topics) -> Sequence[Finding]:
    """Whether a conversation's state may be published, and read again to be cleared after a crash."""
    topic = topics.conversation(f"{_STAGE}-{uuid.uuid4().hex[:12]}", "state")
    await client.subscribe(topic, qos=1)
    if await _comes_back(client, topic):
        return []
    pattern = topics.any_conversation("state")
    return [
        problem(
            f"{address} hands on nothing that we publish about conversations, such as {topic}",
            f"Allow it; in Mosquitto's ACL: topic write {pattern.removesuffix('+/state')}#, topic read {pattern}",
        )
    ]


async def _namesake(client: aiomqtt.Client, topics: Topics) -> Sequence[Finding]:
    """Whether a node of our name is there already."""
    said = await retained_messages(client, topics.status)
    if not _is_anybody_there(said):
        return []
    return [
        warning(
            f"a node called {topics.node} is there already; a second of the same name will not start",
            "UNDERTONE_NODE=another-name for the second",
        )
    ]


def _readable(address: BrokerAddress) -> Finding:
    return warning(
        f"what is said goes to {address} unencrypted: everybody on the way can read it",
        f"Let the broker speak TLS: UNDERTONE_PUBLISHER__BROKER=mqtts://{address.host}:8883",
    )
