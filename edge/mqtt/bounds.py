"""What a client takes in from a broker, bounded: one packet, and all that waits to be read.

Anybody who may publish where we listen may send us packets of 256 MiB, or a million small ones, and may leave them
retained, so that hanging up would not help: they would be there again on the next connection.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from typing import Final

import aiomqtt
from paho.mqtt.client import Client as PahoClient

LONGEST_PACKET: Final = 128 * 1024
"""Bytes of a packet that are kept. More than the longest topic and the longest payload that any reader of ours looks at
(64,000), so that what was cut is still too long for all of them."""

ROOM: Final = 16 * 1024 * 1024
"""Bytes of messages that may wait to be read."""

_CHUNK: Final = 16 * 1024
_LOG = logging.getLogger(__name__)


def cut_packets(client: PahoClient, note: Callable[[ssl.SSLError], None]) -> None:
    """Let a client keep no more than the beginning of a packet; the rest is read and forgotten.

    MQTT 3.1.1 cannot ask a broker to withhold long packets. What is cut is acknowledged like any other.

    Args:
        client: The client.
        note: Told what TLS complains of; paho tells nobody.
    """
    receive = client._sock_recv  # noqa: SLF001 - paho has no limit of its own

    def receive_bounded(bufsize: int) -> bytes:
        kept = client._in_packet["packet"]  # noqa: SLF001
        del kept[LONGEST_PACKET:]
        try:
            return receive(min(bufsize, _CHUNK))
        except ssl.SSLError as error:
            note(error)
            raise

    client._sock_recv = receive_bounded  # type: ignore[method-assign] # noqa: SLF001


class Inbox(asyncio.Queue[aiomqtt.Message]):
    """Messages that wait to be read; what finds no room is dropped.

    A burst of that is said twice: when it begins, and how many they were once all is read.

    Attributes:
        dropped: How many found no room.
    """

    def __init__(self, maxsize: int = 0) -> None:
        super().__init__(maxsize)
        self.dropped = 0
        self._bytes = 0
        self._told = 0

    def put_nowait(self, item: aiomqtt.Message) -> None:
        """Let a message wait, or drop it."""
        if self.full() or self._bytes + _size(item) > ROOM:
            if self.dropped == self._told:
                _LOG.warning("messages come faster than they are read; some are dropped")
            self.dropped += 1
        else:
            super().put_nowait(item)

    def _put(self, item: aiomqtt.Message) -> None:
        self._bytes += _size(item)
        super()._put(item)

    def _get(self) -> aiomqtt.Message:
        item = super()._get()
        self._bytes -= _size(item)
        if self.empty() and self.dropped > self._told:
            _LOG.warning("%d messages were dropped; now there is room again", self.dropped - self._told)
            self._told = self.dropped
        return item


def _size(message: aiomqtt.Message) -> int:
    return len(message.payload) + len(message.topic.value)
