"""The connection to the broker that stays: dialled again whenever it breaks, with everything said that must be said."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import aiomqtt

from edge.mqtt.backoff import Backoff
from edge.mqtt.client import WINDOW, MessageRefusedError, expiring
from edge.mqtt.name_guard import NameGuard
from edge.mqtt.outbox import Outbox
from edge.wire.message import Message

_LOG = logging.getLogger(__name__)
_ACKNOWLEDGED_S: Final = 10.0
_DISCONNECTED_S: Final = 0.5
_SETTLED_S: Final = 5.0


class Link:
    """Empties an outbox into a broker, in order, several messages at a time.

    An event that the broker refuses is sent again, on a new connection, until it is taken. What is retained is not: it
    is said anew soon enough.

    Args:
        dial: A client for one connection.
        guard: Sees that our name is ours.
        outbox: What is to be sent.
        greeting: What to say first on every connection; newer than anything retained before.
    """

    def __init__(
        self,
        dial: Callable[[], aiomqtt.Client],
        guard: NameGuard,
        outbox: Outbox,
        greeting: Callable[[], Sequence[Message]],
    ) -> None:
        self.up = asyncio.Event()
        """Set while there is a connection."""
        self._dial = dial
        self._guard = guard
        self._outbox = outbox
        self._greeting = greeting
        self._retained: dict[str, Message] = {}
        self._farewell: Message | None = None
        self._parted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._backoff = Backoff()
        self._unwelcome: set[str] = set()

    async def open(self) -> None:
        """Connect, and stay connected until `close`.

        Raises:
            aiomqtt.MqttError: The first connection failed.
            NodeTakenError: Another live node bears our name.
        """
        self._task = asyncio.create_task(self._stay_connected(), name="mqtt link")
        up = asyncio.create_task(self.up.wait())
        try:
            await asyncio.wait({self._task, up}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            up.cancel()
        self.check()

    def check(self) -> None:
        """Raise what ended the link, if something did."""
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.result()

    async def close(self, farewell: Message, patience_s: float) -> None:
        """Send what waits for up to `patience_s`, then the farewell, before what still waits; disconnect cleanly."""
        if self._task is None or self._task.done():
            return
        if self.up.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    await self._outbox.drained()
            self._farewell = farewell
            await self._outbox.put_first(farewell)
            with suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    await self._parted.wait()
        while not self._task.done():
            self._task.cancel()  # more than once: `asyncio.wait_for` of Python 3.11 can swallow it
            await asyncio.wait({self._task}, timeout=_DISCONNECTED_S)
        if len(self._outbox):
            _LOG.warning("%d messages did not reach the broker; %s", len(self._outbox), self._outbox.fate)
        self.check()

    async def _stay_connected(self) -> None:
        while True:
            try:
                await self._converse()
            except aiomqtt.MqttError as error:
                if not self.up.is_set() and not self._retained:
                    raise
                self.up.clear()
                wait_s = self._backoff.next_s()
                _LOG.warning("no connection to the broker (%s); next attempt in %.1f s", error, wait_s)
                await asyncio.sleep(wait_s)

    async def _converse(self) -> None:
        async with self._dial() as client:
            await self._guard.enter(client)
            await self._outbox.recover()
            for message in (*self._retained.values(), *self._greeting()):
                await self._deliver(client, message)
            self.up.set()
            # A broker that hangs up on the next event again must not be dialled again and again at once.
            settled = asyncio.get_running_loop().call_later(_SETTLED_S, self._backoff.reset)
            try:
                await self._serve(client)
            finally:
                settled.cancel()

    async def _serve(self, client: aiomqtt.Client) -> None:
        """Send what comes until the connection breaks."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._correct(client), name="mqtt status")
                window = asyncio.Semaphore(WINDOW)
                while True:
                    await window.acquire()
                    message = await self._outbox.take()
                    sending = group.create_task(self._send(client, message), name="mqtt send")
                    sending.add_done_callback(lambda _: window.release())
        except BaseExceptionGroup as failed:
            _, other = failed.split(aiomqtt.MqttError)
            raise (other or failed).exceptions[0] from None

    async def _correct(self, client: aiomqtt.Client) -> None:
        async for _ in self._guard.overwritten(client):
            for message in self._greeting():
                await self._outbox.put(message)

    async def _send(self, client: aiomqtt.Client, message: Message) -> None:
        try:
            await self._deliver(client, message)
        except MessageRefusedError as error:
            if not error.for_good:
                raise
            self._complain(message.topic, error)
            await self._outbox.refused(message)  # what comes after it must not wait for what will never be taken
            return
        await self._outbox.done(message)
        if message.is_event:
            self._backoff.reset()
        if message is self._farewell:
            self._parted.set()

    async def _deliver(self, client: aiomqtt.Client, message: Message) -> None:
        try:
            await client.publish(
                message.topic,
                message.payload,
                message.qos,
                message.retain,
                properties=expiring(message),
                timeout=_ACKNOWLEDGED_S,
            )
        except MessageRefusedError as error:
            if not message.retain:
                raise
            self._complain(message.topic, error)
        if message.retain and message.payload:
            self._retained[message.topic] = message
        elif message.retain:
            self._retained.pop(message.topic, None)

    def _complain(self, topic: str, error: MessageRefusedError) -> None:
        """Say once of a topic that the broker does not take what we say there."""
        if topic not in self._unwelcome:
            _LOG.warning("the broker does not take %s: %s; look into its access list", topic, error)
        self._unwelcome.add(topic)
