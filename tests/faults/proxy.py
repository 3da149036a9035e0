"""The way to a broker, cut on purpose: a TCP proxy that knows where a packet begins and ends."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum, auto

from edge.mqtt.address import BrokerAddress

_PUBLISH, _PUBACK, _SUBACK = 3, 4, 9
_QOS, _RETAIN = 0b110, 0b1
_QUOTA_EXCEEDED = 0x97


class Cut(Enum):
    """Where a connection breaks."""

    IN_AN_EVENT = auto()
    """The broker got half of an event."""
    BEFORE_AN_ACKNOWLEDGEMENT = auto()
    """The broker has the event, and we are not told."""
    IN_AN_ACKNOWLEDGEMENT = auto()
    """The broker has the event, and we are told half of it."""
    WHILE_IT_IS_MADE = auto()
    """We are let in, and not told what we asked for."""
    SILENCE = auto()
    """Nothing arrives any more in either direction, and nobody hangs up."""


@dataclass
class _Connection:
    cut: Cut | None
    after: int
    events: int = 0
    silent: bool = False


class Proxy:
    """Carries connections to a broker; each of the first ones breaks as it was told, the others hold.

    Args:
        broker: Where to.
        cuts: How connections break, in order.
        after: How many events pass before that.
    """

    def __init__(self, broker: BrokerAddress, cuts: Iterable[Cut], after: int) -> None:
        self.cut: list[Cut] = []
        """What happened so far."""
        self.full = False
        """Whether every event is refused as MQTT 5 has it, instead of carried: the broker never sees it."""
        self.refused = 0
        """How many were."""
        self._broker = broker
        self._planned = deque(cuts)
        self._after = after
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def spent(self) -> bool:
        """Whether everything that was planned has happened."""
        return not self._planned

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until it ends."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        far_reader, far_writer = await asyncio.open_connection(self._broker.host, self._broker.port)
        connection = _Connection(self._planned[0] if self._planned else None, self._after)
        there = asyncio.create_task(self._forth(reader, far_writer, writer, connection))
        back = asyncio.create_task(self._back(far_reader, writer, connection))
        try:
            await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            there.cancel()
            back.cancel()
            await asyncio.wait({there, back})
            for one in (writer, far_writer):
                one.transport.abort()  # what was not yet sent goes, as when a cable is pulled

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _forth(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, home: asyncio.StreamWriter, on: _Connection
    ) -> None:
        async for packet in _packets(reader):
            if self.full and _is_event(packet):
                self.refused += 1
                home.write(bytes([_PUBACK << 4, 3, *_identifier(packet), _QUOTA_EXCEEDED]))
                continue
            if _is_event(packet):
                on.events += 1
                if on.cut is Cut.IN_AN_EVENT and on.events > on.after:
                    await self._break(writer, packet)
                    return
                if on.cut is Cut.SILENCE and on.events > on.after and not on.silent:
                    on.silent = True
                    self._happened()
            if not on.silent:
                writer.write(packet)
                await writer.drain()

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, on: _Connection) -> None:
        async for packet in _packets(reader):
            if packet[0] >> 4 == _SUBACK and on.cut is Cut.WHILE_IT_IS_MADE:
                self._happened()
                return
            if packet[0] >> 4 == _PUBACK and on.events > on.after:
                if on.cut is Cut.IN_AN_ACKNOWLEDGEMENT:
                    await self._break(writer, packet)
                    return
                if on.cut is Cut.BEFORE_AN_ACKNOWLEDGEMENT:
                    self._happened()
                    return
            if not on.silent:
                writer.write(packet)
                await writer.drain()

    async def _break(self, writer: asyncio.StreamWriter, packet: bytes) -> None:
        writer.write(packet[: len(packet) // 2])
        await writer.drain()
        self._happened()
        await asyncio.sleep(0.02)  # half a packet arrives, then the end

    def _happened(self) -> None:
        self.cut.append(self._planned.popleft())


@asynccontextmanager
async def proxy(broker: BrokerAddress, *cuts: Cut, after: int = 4) -> AsyncIterator[tuple[Proxy, BrokerAddress]]:
    """A proxy, and where it listens."""
    one = Proxy(broker, cuts, after)
    server = await asyncio.start_server(one.carry, "127.0.0.1", 0)
    try:
        yield one, BrokerAddress("127.0.0.1", server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await one.close()
        await server.wait_closed()


async def _packets(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Whole packets of MQTT, until the connection ends."""
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readexactly(2)
            while head[-1] & 0x80:
                head += await reader.readexactly(1)
            length = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(head[1:]))
            yield head + await reader.readexactly(length)


def _is_event(packet: bytes) -> bool:
    return packet[0] >> 4 == _PUBLISH and bool(packet[0] & _QOS) and not packet[0] & _RETAIN


def _identifier(packet: bytes) -> bytes:
    """The two bytes by which a PUBLISH is acknowledged; they follow its topic."""
    body = packet[1:].lstrip(bytes(range(0x80, 0x100)))[1:]
    return body[2 + int.from_bytes(body[:2], "big") :][:2]
