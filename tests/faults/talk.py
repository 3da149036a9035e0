"""A node of the test's own process that talks, and how many events that makes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from edge.mqtt.address import BrokerAddress
from edge.mqtt.outbox import Outbox
from edge.mqtt.waiting import Room
from edge.publishers import mqtt
from edge.publishers.mqtt import MqttPublisher
from edge.recovery.keeping import Keeping
from edge.storage import store
from edge.storage.settings import StorageSettings
from realtime.events import ConversationEnded, ConversationStarted, Event
from tests.conversation_events import CONVERSATION, heard, node_info, understood

PER_UTTERANCE = 3
"""Words, feeling, cause."""


class Talk:
    """A conversation told to a publisher; `made` is how many events that must make."""

    def __init__(self, publisher: MqttPublisher, conversation: str = CONVERSATION) -> None:
        self.made = 0
        self.conversation = conversation
        self._publisher = publisher
        self._utterances = 0

    async def start(self) -> None:
        self.made += 1
        await self._publisher.publish(ConversationStarted(self.conversation, 0.0))

    async def say(self, utterances: int) -> None:
        for _ in range(utterances):
            await self._publisher.publish(*self.utterance())

    def utterance(self) -> tuple[Event, ...]:
        """The next utterance and what is understood of it, for whoever publishes it."""
        said = replace(heard(self._utterances), conversation=self.conversation)
        self._utterances += 1
        self.made += PER_UTTERANCE
        return said, understood(said)

    async def end(self) -> None:
        self.made += 1
        over_s = 4.0 * self._utterances
        await self._publisher.publish(
            ConversationEnded(self.conversation, over_s, "end of source", self._utterances, 0)
        )


@asynccontextmanager
async def publisher(
    address: BrokerAddress, state: Path | None, *, keeping: Keeping | None = None, **settings: Any
) -> AsyncIterator[MqttPublisher]:
    """A publisher whose outbox is on disk; in memory where there is no state."""
    kept = store.create(StorageSettings(folder=state), "home", "desk")
    await kept.open()
    try:
        how = mqtt.Settings(url=str(address), **settings)
        one = mqtt.create(how, node_info(), outbox=Outbox(kept, Room()), keeping=keeping)
        await one.open()
        try:
            yield one
        finally:
            await one.close()
    finally:
        await kept.close()


async def acknowledged(one: MqttPublisher, within_s: float = 20.0) -> None:
    """Return once the broker has everything that was published."""
    async with asyncio.timeout(within_s):
        while one.waiting:  # noqa: ASYNC110 - the publisher has no event for it
            await asyncio.sleep(0.002)
