"""One connection to a broker, and what its refusals mean."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, Final, TypeVar

import aiomqtt
from paho.mqtt.client import Client as PahoClient
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.mqtt.address import BrokerAddress
from edge.mqtt.bounds import LONGEST_PACKET, Inbox, cut_packets
from edge.mqtt.trust import Credentials, distrust, tls_context
from edge.wire.message import AT_MOST_ONCE, PASSING_S, Message
from model.errors import BrokerAwayError, BrokerError

T = TypeVar("T")

WINDOW: Final = 10
"""Messages on their way at once; the client library sends no more before the first is acknowledged.

With MQTT 5 a broker hangs up on who sends more than it allows, and the library does not ask: Mosquitto allows 20, some
others 10.
"""

_CONNECTED_S: Final = 2.0
_ANSWER_S: Final = 5.0
_INCOMING: Final = 10_000
_START_ONE: Final = "Start one there, or undertone run with publisher.broker: embedded, which brings its own"
_LOG = logging.getLogger(__name__)


class MqttVersion(StrEnum):
    """The version of MQTT that is spoken; nothing that matters needs the newer one."""

    V3_1_1 = "3.1.1"
    V5 = "5"


_PROTOCOLS: Final = {
    MqttVersion.V3_1_1: aiomqtt.ProtocolVersion.V311,
    MqttVersion.V5: aiomqtt.ProtocolVersion.V5,
}


_FOR_GOOD: Final = frozenset({0x87, 0x90, 0x95, 0x99})
"""Reason codes of MQTT 5: not authorised, topic invalid, packet too large, payload invalid."""


class MessageRefusedError(aiomqtt.MqttCodeError):
    """The broker has not taken a message, and says why: its room is used up, or we must not say this. Only MQTT 5 can.

    Whoever speaks 3.1.1 to it learns nothing: the message counts as taken, or the broker hangs up.
    """

    @property
    def for_good(self) -> bool:
        """Whether it is no use to ask again: we may not say this, or the broker cannot hold it."""
        return getattr(self.rc, "value", self.rc) in _FOR_GOOD


class _Client(aiomqtt.Client):
    """aiomqtt's, which would wait out its time for a broker that hangs up before it has answered, and not say why.

    Nor would it see that no answer comes any more when the connection breaks, nor tell a message that the broker
    acknowledged from one that it refused.
    """

    def __init__(self, *what: Any, **more: Any) -> None:  # noqa: ANN401 - aiomqtt's
        super().__init__(*what, **more)
        self._complaint: ssl.SSLError | None = None
        self._refused: dict[int, ReasonCode] = {}
        # Connecting runs in a thread that nobody can interrupt, and Ctrl-C would wait for it.
        self._client.connect_timeout = _CONNECTED_S  # aiomqtt has no parameter for it
        cut_packets(self._client, self._note)

    def _on_socket_register_write(self, _client: Any, _userdata: Any, sock: Any) -> None:  # noqa: ANN401 - paho's
        # aiomqtt watches the number of the socket, which is closed by then where paho could send everything at once.
        self._loop.call_soon_threadsafe(self._watch_write, sock)

    def _watch_write(self, sock: Any) -> None:  # noqa: ANN401 - paho's
        if sock.fileno() >= 0:
            self._loop.add_writer(sock.fileno(), self._write)

    def _write(self) -> None:
        try:
            self._client.loop_write()
        except OSError as error:
            if not self._disconnected.done():
                self._disconnected.set_exception(error)

    def _note(self, complaint: ssl.SSLError) -> None:
        self._complaint = complaint

    @contextmanager
    def _pending_call(self, mid: int, value: T, pending_dict: dict[int, T]) -> Iterator[None]:
        with super()._pending_call(mid, value, pending_dict):
            yield
        if (reason := self._refused.pop(mid, None)) is not None:
            raise MessageRefusedError(reason)

    def _on_publish(self, client: PahoClient, userdata: object, mid: int, code: ReasonCode, more: Properties) -> None:
        if code.is_failure and mid in self._pending_publishes:
            self._refused[mid] = code
        super()._on_publish(client, userdata, mid, code, more)

    async def _wait_for(self, fut: Awaitable[T], timeout: float | None) -> T:  # noqa: ASYNC109 - aiomqtt's
        answer = asyncio.ensure_future(fut)

        def give_up(_: object) -> None:
            answer.cancel()

        if answer is not self._disconnected:
            self._disconnected.add_done_callback(give_up)
        try:
            return await super()._wait_for(answer, timeout)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self._disconnected.done() or (task is not None and task.cancelling()):
                raise
            raise aiomqtt.MqttError("the connection broke before the broker answered") from None
        finally:
            self._disconnected.remove_done_callback(give_up)

    def _on_disconnect(self, *what: Any, **more: Any) -> None:  # noqa: ANN401 - paho's, handed on
        if self._connected.done():
            super()._on_disconnect(*what, **more)
            if self._disconnected.done():
                self._disconnected.exception()  # nobody asks for it where something else failed by it before
            return
        hung_up = aiomqtt.MqttError("it hung up")
        hung_up.__cause__ = self._complaint
        self._connected.set_exception(hung_up)
        self._connected.exception()  # nobody asks for it where connecting was given up meanwhile


def new_client(
    address: BrokerAddress,
    credentials: Credentials,
    version: MqttVersion,
    identifier: str,
    keepalive_s: int,
    will: Message | None = None,
) -> aiomqtt.Client:
    """A client for one connection, not yet connected. Messages leave at once (TCP_NODELAY), sessions begin afresh.

    Raises:
        BrokerError: A file with certificates, or with our key, cannot be read.
    """
    client = _Client(
        address.host,
        address.port,
        username=credentials.username,
        password=credentials.password,
        identifier=identifier,
        will=None if will is None else aiomqtt.Will(will.topic, will.payload, will.qos, will.retain),
        protocol=_PROTOCOLS[version],
        clean_session=True if version is MqttVersion.V3_1_1 else None,  # 5 has a flag of its own, which starts afresh
        timeout=_ANSWER_S,
        keepalive=keepalive_s,
        max_inflight_messages=WINDOW,
        max_queued_incoming_messages=_INCOMING,
        queue_type=Inbox,
        properties=_packets_bounded() if version is MqttVersion.V5 else None,
        tls_context=tls_context(credentials) if address.tls else None,
        socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        logger=_LOG,
    )
    client.pending_calls_threshold = WINDOW
    return client


def expiring(message: Message) -> Properties | None:
    """Asks a broker that keeps messages for who is away not to keep what is of no use later; only MQTT 5 can ask."""
    if message.qos != AT_MOST_ONCE:
        return None
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.MessageExpiryInterval = PASSING_S
    return properties


def refusal(address: BrokerAddress, error: aiomqtt.MqttError) -> BrokerError:
    """Why the first connection failed and what to do about it."""
    if isinstance(error, aiomqtt.MqttCodeError):
        words = str(error).partition("] ")[2] or str(error)
        if "uthori" in words or "user name" in words:
            return BrokerError(f"the broker at {address} refuses us: {words}", "Check username and password")
        if "protocol version" in words:
            return BrokerError(
                f"the broker at {address} refuses us: {words}", "Set protocol to the other one, 3.1.1 or 5"
            )
        return BrokerError(f"the broker at {address} refuses us: {words}", "Look into the broker's log")
    if isinstance(complaint := error.__cause__ or error.__context__, ssl.SSLError):
        return distrust(address, complaint)
    if "timed out" in str(error):
        return BrokerAwayError(f"nothing answers at {address}", _START_ONE)
    if "hung up" in str(error) or isinstance(complaint, ConnectionResetError):
        other = "mqtts:// where it speaks TLS" if not address.tls else "client_certificate where it asks for one"
        return BrokerAwayError(f"the broker at {address} hung up before it answered", f"Set {other}; its log says why")
    return BrokerAwayError(f"no broker at {address}: {error}", _START_ONE)


def _packets_bounded() -> Properties:
    """Asks the broker to withhold what we would not read."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.MaximumPacketSize = LONGEST_PACKET
    return properties
