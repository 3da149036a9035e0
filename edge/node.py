"""The node: what subscribers see of a running undertone, from its broker to what it obeys."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

from edge.brokers import embedded
from edge.control import listener
from edge.control.listener import Listener
from edge.control.verbs import Controls, all_verbs
from edge.monitoring.figures import Figures
from edge.monitoring.reporting import Reporting
from edge.mqtt.outbox import Outbox
from edge.mqtt.waiting import Room
from edge.publishers import mqtt
from edge.publishers.mqtt import MqttPublisher
from edge.recovery.keeping import Keeping, Resumption, resumption
from edge.settings import EMBEDDED, AppSettings
from edge.storage import store
from edge.storage.store import Store
from edge.wire.about import NodeInfo
from edge.wire.stamp import utc_now
from realtime.clock import Clock


class Node:
    """The broker, what waits for it on disk, what is said there, what is obeyed, and what an earlier start left.

    Args:
        settings: What runs.
        clock: The clock everything is timed by.
        closing: Takes what is to be closed with the application.
    """

    url: str
    publisher: MqttPublisher
    _store: Store
    _listener: Listener
    _reporting: Reporting

    def __init__(self, settings: AppSettings, clock: Clock, closing: AsyncExitStack) -> None:
        self._settings = settings
        self._clock = clock
        self._closing = closing

    async def open(self) -> None:
        """Find the broker, or start the one inside, and open what is kept.

        Raises:
            BrokerError: A port of the embedded broker is taken.
            NodeTakenError: Another process of this machine is this node.
            StorageError: What is kept cannot be opened.
        """
        self.url = await self._find_broker()
        settings = self._settings
        self._store = store.create(settings.storage, settings.site, settings.node)
        self._closing.push_async_callback(self._store.close)
        await self._store.open()

    def publish_as(
        self, info: NodeInfo, *, context: int, people: Callable[[], bytes], patient: bool = False
    ) -> MqttPublisher:
        """The publisher, not yet open.

        Args:
            info: What this node is.
            context: Of how many of the newest utterances the words are read again.
            people: What the people of the running conversation are like.
            patient: As `MqttPublisher` has it.

        Raises:
            SettingsError: The broker is elsewhere and insecure, or an alert is about no known emotion.
        """
        settings, storage = self._settings, self._settings.storage
        room = Room(storage.most_events, settings.publisher.buffer_messages, storage.longest_s)
        self.publisher = mqtt.create(
            mqtt.Settings(url=self.url, **settings.publisher.model_dump(exclude={"broker"})),
            info,
            self._clock,
            patient=patient,
            alerts=settings.alerts,
            outbox=Outbox(self._store, room),
            keeping=None if storage.folder is None else Keeping(context, people),
        )
        return self.publisher

    def obey(self, info: NodeInfo, controls: Controls) -> None:
        """Let commands move what they can move."""
        verbs = all_verbs(controls, self.publisher)
        self._listener = listener.create(self._settings.mute, self.publisher, info.topics, controls.mute, verbs)

    def report(self, info: NodeInfo, figures: Callable[[], Awaitable[Figures | None]]) -> None:
        """Let it be said now and then how everything does."""
        every_s = self._settings.monitoring.stats_every_s
        stamp = self.publisher.new_stamp()
        self._reporting = Reporting(figures, self.publisher, info.topics, stamp, every_s, self._clock)

    async def restore(self, controls: Controls) -> None:
        """Move everything as commands had moved it in an earlier start, and say how."""
        await controls.restore(await self._store.switches())
        await self.publisher.switched(controls.board.now.payload())

    async def take_up(self, *, goes_on: bool) -> Resumption | None:
        """The conversation that a crash cut off, of which the publisher knows from now on; None where there is none.

        Args:
            goes_on: Whether it can go on, as this start has it; else its end is what is left to say.
        """
        interrupted = await self._store.interrupted()
        if interrupted is None:
            return None
        idle_end_s = self._settings.conversation.idle_end_s
        taken_up = resumption(interrupted, utc_now(), idle_end_s, live=goes_on)
        if taken_up is not None:
            self.publisher.conversations.take_up(interrupted.conversation, taken_up.course)
        return taken_up

    async def keep(self, values: Mapping[str, Any]) -> None:
        """Keep how commands moved everything. Raises LostError where the disk does not take it."""
        await self._store.keep_switches(values)

    def ids(self, speaker: str) -> frozenset[str]:
        """Every id of somebody in the running conversation."""
        running = self.publisher.conversations.running
        return frozenset() if running is None else running.names.ids(speaker)

    @property
    def beside(self) -> tuple[Listener, Reporting]:
        """What runs beside the stream."""
        return self._listener, self._reporting

    async def _find_broker(self) -> str:
        """The URL of the broker to publish at, which is started here if it is the embedded one."""
        if self._settings.publisher.broker != EMBEDDED:
            return self._settings.publisher.broker
        broker = embedded.create(self._settings.broker)
        self._closing.push_async_callback(broker.close)
        await broker.open()
        return broker.url
