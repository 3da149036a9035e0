"""The MQTT broker inside the process: nothing to install, and nobody outside this machine can reach it.

The protocol is amqtt's; the sockets are ours, so that a taken port is one clear line, port 0 picks a free one, and no
connection outlives the broker. amqtt speaks MQTT 3.1.1, keeps retained messages in memory only, and has no access
control worth the name: everybody on this machine may read and write.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Final

from amqtt.adapters import (
    ReaderAdapter,
    StreamReaderAdapter,
    StreamWriterAdapter,
    WebSocketsReader,
    WebSocketsWriter,
    WriterAdapter,
)
from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType
from amqtt.session import Session
from pydantic import Field
from websockets import Subprotocol
from websockets.asyncio.server import ServerConnection, serve

from edge.brokers.bounded_reader import LONGEST_PACKET, BoundedReader
from edge.mqtt.address import BrokerAddress
from model.config import Config
from model.errors import BrokerError

LOOPBACK: Final = "127.0.0.1"

_LISTENER: Final = "default"
_PAGES_OF_THIS_MACHINE: Final = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")
_GOODBYE_S: Final = 0.5
_RETAINED: Final = 10_000
_LOG = logging.getLogger(__name__)


class Settings(Config):
    """Where the broker inside the process listens. It listens on this machine only."""

    port: int = Field(default=1883, ge=0, le=65_535, description="TCP port for MQTT; 0 picks a free one.")
    websocket_port: int | None = Field(
        default=9001,
        ge=0,
        le=65_535,
        description="TCP port for MQTT over WebSocket; 0 picks a free one, null for none.",
    )


def create(settings: Settings) -> "EmbeddedBroker":
    """The broker inside the process."""
    return EmbeddedBroker(settings)


class _Broker(Broker):  # type: ignore[misc] # amqtt has no types
    """amqtt's broker, which would send every newcomer the retained messages of all topics that others asked for.

    It would keep retained messages without end, too: here there is room for so many topics.
    """

    _full = False

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        subscribers = self._subscriptions.get(subscription[0], ())
        if any(subscriber is session for subscriber, _ in subscribers):
            await super()._publish_retained_messages_for_subscription(subscription, session)

    async def retain_message(
        self, source_session: Session | None, topic_name: str, data: bytes | bytearray, qos: int | None = None
    ) -> None:
        if data and topic_name not in self.retained_messages and len(self.retained_messages) >= _RETAINED:
            if not self._full:
                _LOG.warning("%d topics are retained already; no more are kept until some are cleared", _RETAINED)
            self._full = True
            return
        self._full = False
        await super().retain_message(source_session, topic_name, data, qos)


class EmbeddedBroker:
    """A broker that listens on loopback, for programs over TCP and for web pages over WebSocket.

    Web pages may connect only if they come from this machine, too: a browser would let any page on the web try.

    Args:
        settings: The ports.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._broker: Broker | None = None
        self._listeners = AsyncExitStack()
        self._connections: set[asyncio.Task[None]] = set()
        self.address = BrokerAddress(LOOPBACK, settings.port)
        self.websocket_port = settings.websocket_port

    @property
    def url(self) -> str:
        """Where it listens, once it is open."""
        return str(self.address)

    async def open(self) -> None:
        """Listen.

        Raises:
            BrokerError: A port is taken.
        """
        # amqtt reports every dropped connection as a warning, and its own shutdown as errors.
        logging.getLogger("amqtt").setLevel(logging.CRITICAL)
        logging.getLogger("transitions").setLevel(logging.WARNING)
        logging.getLogger("websockets").setLevel(logging.ERROR)
        self._broker = _Broker(
            BrokerConfig(
                listeners={_LISTENER: ListenerConfig(type=ListenerType.EXTERNAL)},
                plugins={"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            )
        )
        await self._broker.start()
        try:
            await self._listen(self._broker)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Drop every connection and stop listening. May be called twice."""
        broker, self._broker = self._broker, None
        if broker is None:
            return
        await self._listeners.aclose()
        await broker.shutdown()
        if self._connections:
            await asyncio.wait(self._connections, timeout=_GOODBYE_S)
        for connection in self._connections:
            connection.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    async def _listen(self, broker: Broker) -> None:
        async def on_stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await self._engage(broker, StreamReaderAdapter(reader), StreamWriterAdapter(writer))
            finally:
                writer.close()

        async def on_websocket(connection: ServerConnection) -> None:
            await self._engage(broker, WebSocketsReader(connection), WebSocketsWriter(connection))

        port = await self._bind("broker.port", self._settings.port, lambda port: self._tcp(on_stream, port))
        self.address = BrokerAddress(LOOPBACK, port)
        if self._settings.websocket_port is not None:
            self.websocket_port = await self._bind(
                "broker.websocket_port", self._settings.websocket_port, lambda port: self._websocket(on_websocket, port)
            )

    async def _engage(self, broker: Broker, reader: ReaderAdapter, writer: WriterAdapter) -> None:
        """Serve one connection until it ends; its task is remembered, for `close`."""
        if task := asyncio.current_task():
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        await broker.external_connected(BoundedReader(reader), writer, _LISTENER)

    async def _tcp(
        self, on_stream: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]], port: int
    ) -> int:
        server = await asyncio.start_server(on_stream, LOOPBACK, port)
        self._listeners.callback(server.close)
        return int(server.sockets[0].getsockname()[1])

    async def _websocket(self, on_websocket: Callable[[ServerConnection], Awaitable[None]], port: int) -> int:
        server = await serve(
            on_websocket,
            LOOPBACK,
            port,
            subprotocols=[Subprotocol("mqtt")],
            origins=[None, _PAGES_OF_THIS_MACHINE],
            compression=None,
            max_size=LONGEST_PACKET,
            close_timeout=_GOODBYE_S,
        )
        self._listeners.push_async_callback(server.wait_closed)
        self._listeners.callback(server.close)
        return int(next(iter(server.sockets)).getsockname()[1])

    @staticmethod
    async def _bind(setting: str, port: int, listen: Callable[[int], Awaitable[int]]) -> int:
        try:
            return await listen(port)
        except OSError as error:
            raise BrokerError(
                f"port {port} on {LOOPBACK} cannot be used: {error.strerror or error}",
                f"Set {setting} to a free port, or publisher.broker to mqtt://{LOOPBACK}:{port} if a broker runs there",
            ) from error
