"""Messages of a site as they come: a subscription that survives its broker."""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiomqtt

from edge.mqtt.address import BrokerAddress, parse_address
from edge.mqtt.backoff import Backoff
from edge.mqtt.client import MqttVersion, new_client, refusal
from edge.mqtt.trust import Credentials
from edge.wire.reading import read_object
from edge.wire.topics import Place, is_dialogue, place_of, subscription

_LOG = logging.getLogger(__name__)
_KEEPALIVE_S: Final = 15
_NOTED: Final = 10  # messages that are none of ours, one by one; then whenever there are twice as many
_ANONYMOUS: Final = Credentials()


@dataclass(frozen=True, slots=True)
class Received:
    """One message.

    Attributes:
        topic: Where it was published.
        payload: Its JSON object; empty where a retained topic was cleared.
        place: What the topic is about.
    """

    topic: str
    payload: dict[str, Any]
    place: Place


@asynccontextmanager
async def subscribe(
    url: str,
    site: str = "home",
    *,
    credentials: Credentials = _ANONYMOUS,
    version: MqttVersion = MqttVersion.V3_1_1,
    conversation: str | None = None,
    note: Callable[[str], None] = _LOG.warning,
) -> AsyncIterator["Subscription"]:
    """A subscription to everything of a site. Once entered, the broker has acknowledged it: nothing is missed after.

    Args:
        url: The broker: mqtt://host:port or mqtts://host:port.
        site: The place.
        credentials: How we show who we are.
        version: Of MQTT.
        conversation: Only this one; None for all.
        note: Told, in one line, what people should know: a lost connection, a message that is none of ours.

    Raises:
        BrokerError: There is no broker, or it refuses us.
        SettingsError: The URL is none.
    """
    subscribed = Subscription(parse_address(url), subscription(site), credentials, version, conversation, note)
    try:
        await subscribed.open()
        yield subscribed
    finally:
        await subscribed.close()


class Subscription:
    """Messages in the order of their arrival: `async for message in subscription`. It reconnects by itself.

    Args:
        address: The broker.
        pattern: The topic filter.
        credentials: How we show who we are.
        version: Of MQTT.
        conversation: Only this one; None for all.
        note: Told what people should know.
    """

    def __init__(
        self,
        address: BrokerAddress,
        pattern: str,
        credentials: Credentials,
        version: MqttVersion,
        conversation: str | None,
        note: Callable[[str], None],
    ) -> None:
        self._address = address
        self._pattern = pattern
        self._credentials = credentials
        self._version = version
        self._conversation = conversation
        self._note = note
        self._identifier = f"watch-{uuid.uuid4().hex[:12]}"
        self._ignored = 0
        self._connection = AsyncExitStack()
        self._client: aiomqtt.Client | None = None

    async def open(self) -> None:
        """Connect and subscribe.

        Raises:
            BrokerError: There is no broker, or it refuses us.
        """
        try:
            await self._connect()
        except aiomqtt.MqttError as error:
            raise refusal(self._address, error) from error

    async def close(self) -> None:
        """Disconnect. May be called twice."""
        connection, self._connection = self._connection, AsyncExitStack()
        self._client = None
        await connection.aclose()

    async def __aiter__(self) -> AsyncIterator[Received]:
        """Messages as they come, until the subscription is closed."""
        while self._client is not None:
            try:
                async for message in self._client.messages:
                    if (received := self._sort(message)) is not None:
                        yield received
            except aiomqtt.MqttError as error:
                self._note(f"lost the broker at {self._address} ({error}); trying again")
                await self._reconnect()
                self._note(f"the broker at {self._address} is back")

    async def _reconnect(self) -> None:
        backoff = Backoff()
        while True:
            await self.close()
            await asyncio.sleep(backoff.next_s())
            try:
                await self._connect()
            except aiomqtt.MqttError as error:
                _LOG.info("no connection to the broker: %s", error)
            else:
                return

    async def _connect(self) -> None:
        client = new_client(self._address, self._credentials, self._version, self._identifier, _KEEPALIVE_S)
        await self._connection.enter_async_context(client)
        await client.subscribe(self._pattern, qos=1)
        self._client = client

    def _sort(self, message: aiomqtt.Message) -> Received | None:
        topic = message.topic.value
        if is_dialogue(topic):
            return None
        place = place_of(topic)
        payload = _read(message.payload)
        if place is None or payload is None:
            self._ignore(topic)
            return None
        if place.kind == "conv" and self._conversation not in {None, place.id}:
            return None
        return Received(topic, payload, place)

    def _ignore(self, topic: str) -> None:
        """Note a message that is none of ours; of a flood ever fewer."""
        self._ignored += 1
        if self._ignored <= _NOTED:
            self._note(f"ignored a message that is none of ours on {topic[:80]!r}")
        elif self._ignored.bit_count() == 1:
            self._note(f"ignored {self._ignored} messages that are none of ours, the last on {topic[:80]!r}")


def _read(payload: object) -> dict[str, Any] | None:
    """The JSON object in a payload; None where there is none. An empty payload clears a topic."""
    return read_object(payload) if payload else {}
