"""Two nodes of one name would talk over each other: whoever finds the name taken waits, then gives way."""

import asyncio
from collections.abc import AsyncIterator, Collection
from typing import Final

import aiomqtt

from edge.mqtt.leftovers import clear_leftovers, retained_messages
from edge.wire.node import Presence
from edge.wire.reading import read_object
from edge.wire.topics import Topics
from model.errors import NodeTakenError

_LIVE: Final = frozenset({Presence.ONLINE, Presence.DEGRADED})
_WORDS: Final = frozenset(map(str, Presence))


class NameGuard:
    """Watches a node's status topic for a namesake: a live status with another boot id.

    One and a half keep-alives is what a broker takes to notice that a client is gone and to say its will.

    Args:
        topics: Ours.
        boot_id: Ours.
        patience_s: How long a namesake has to turn out dead, seconds.
        unwanted: Topics of ours that shall hold nothing any more.
    """

    def __init__(self, topics: Topics, boot_id: str, patience_s: float, unwanted: Collection[str] = ()) -> None:
        self._topics = topics
        self._topic = topics.status
        self._boot_id = boot_id
        self._patience_s = patience_s
        self._unwanted = unwanted

    async def enter(self, client: aiomqtt.Client) -> None:
        """Return once the name is free, and what an earlier bearer left behind is cleared.

        Raises:
            NodeTakenError: It is not free.
        """
        said = [message for message in await retained_messages(client, self._topic) if self._status(message)]
        if said and self._is_namesake(said[-1]):
            await self._outlast(client)
        await clear_leftovers(client, self._topics, self._boot_id, self._unwanted)

    async def overwritten(self, client: aiomqtt.Client) -> AsyncIterator[None]:
        """Yields whenever what is retained is not our word any more: an old connection's will, or a namesake that left.

        Raises:
            NodeTakenError: A namesake came and stayed.
        """
        async for message in client.messages:
            if self._is_namesake(message):
                await self._outlast(client)
                yield
            elif self._status(message) is Presence.OFFLINE:
                yield

    async def _outlast(self, client: aiomqtt.Client) -> None:
        try:
            async with asyncio.timeout(self._patience_s):
                async for message in client.messages:
                    if self._status(message) in {Presence.STOPPED, Presence.OFFLINE}:
                        return
        except TimeoutError:
            raise NodeTakenError(
                f"another node says it is online as {self._topic}",
                "Give this one another name (setting node); if the other is long gone, clear what the broker retains: "
                f"mosquitto_pub -r -n -t {self._topic}",
            ) from None

    def _is_namesake(self, message: aiomqtt.Message) -> bool:
        said = read_object(message.payload) or {}
        return self._status(message) in _LIVE and said.get("boot_id") != self._boot_id

    def _status(self, message: aiomqtt.Message) -> Presence | None:
        """The status in a message; None for anything else, which anybody may have published."""
        if message.topic.value != self._topic:  # amqtt greets a client with what others subscribed to
            return None
        return presence_in(message.payload)


def presence_in(payload: object) -> Presence | None:
    """What a status says; None for anything else, which anybody may have published."""
    said = (read_object(payload) or {}).get("status")
    return Presence(said) if isinstance(said, str) and said in _WORDS else None
