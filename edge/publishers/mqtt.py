"""The publisher that speaks MQTT: events in, messages at a broker out, across outages of the broker."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Annotated, Final

import aiomqtt
from pydantic import BeforeValidator, Field

from edge.alerts.rule import AlertRule
from edge.home_assistant.discovery import discovery, discovery_topic
from edge.home_assistant.settings import HomeAssistantSettings
from edge.monitoring.figures import OutboxFigures
from edge.mqtt.access import Access, refuse_insecure
from edge.mqtt.address import parse_address
from edge.mqtt.client import MqttVersion, new_client, refusal
from edge.mqtt.link import Link
from edge.mqtt.name_guard import NameGuard
from edge.mqtt.outbox import Outbox
from edge.mqtt.waiting import Room
from edge.recovery.keeping import Keeping
from edge.storage.note import Note
from edge.storage.store import Store
from edge.wire.about import NodeInfo
from edge.wire.conversation_mapping import ConversationMapping
from edge.wire.message import Message
from edge.wire.node import NodeSwitches
from edge.wire.node_mapping import NodeMapping
from edge.wire.running_state import STATE_INTERVAL_S
from edge.wire.stamp import Stamp
from model.errors import BrokerError, LostError
from realtime.clock import Clock, SystemClock
from realtime.events import ConversationEnded, Event, Health, PartHealth
from realtime.orders import Forget
from realtime.recovery import Progress

_LOG = logging.getLogger(__name__)
_PATIENCE_KEEPALIVES: Final = 1.5
_FAREWELL_S: Final = 1.5
_FEW: Final = 100
_CHECKED_S: Final = 1.0
_ALIVE_S: Final = 5.0
_UNSAFE: Final = "what waits for the broker is in memory only, where a crash loses it"


class Delivery(Access):
    """How to publish, wherever the broker is."""

    protocol: Annotated[MqttVersion, BeforeValidator(str)] = Field(
        default=MqttVersion.V3_1_1,
        description="Version of MQTT; every broker speaks 3.1.1, the one inside the process nothing else.",
    )
    keepalive_s: int = Field(
        default=15, ge=2, le=600, description="A connection silent for one and a half of these is dead, seconds."
    )
    buffer_messages: int = Field(
        default=10_000,
        ge=10,
        le=1_000_000,
        description="Messages kept in memory while the broker is away: all of them where nothing is stored, otherwise "
        "retained state, and what the disk does not take. Then the oldest go.",
    )
    partials: bool = Field(default=False, description="Whether unfinished text is published while people speak.")
    home_assistant: HomeAssistantSettings = Field(
        default=HomeAssistantSettings(), description="Whether Home Assistant at the same broker finds this node."
    )


class Settings(Delivery):
    """Where the broker is, and how to publish there."""

    url: str = Field(default="mqtt://127.0.0.1:1883", description="The broker: mqtt://host:port, or mqtts:// for TLS.")


def create(
    settings: Settings,
    info: NodeInfo,
    clock: Clock | None = None,
    *,
    patient: bool = False,
    alerts: Sequence[AlertRule] = (),
    outbox: Outbox | None = None,
    keeping: Keeping | None = None,
) -> "MqttPublisher":
    """The publisher of a node, as `MqttPublisher` describes it.

    Raises:
        SettingsError: The address is none, the broker is elsewhere and insecure, or an alert is about no known emotion.
    """
    return MqttPublisher(
        settings, info, clock or SystemClock(), patient=patient, alerts=alerts, outbox=outbox, keeping=keeping
    )


class MqttPublisher:
    """Publishes events as MQTT.md promises.

    Args:
        settings: How to reach the broker.
        info: What this node is.
        clock: The clock of the pipeline's latencies.
        patient: Whether `publish` waits for a broker that is slow or away, so that nothing is ever dropped: for what
            can wait itself, as captions can and speech cannot.
        alerts: When to draw attention to how people feel.
        outbox: Where messages wait for the broker, not yet open; its store is. None for one in memory.
        keeping: What is kept of a running conversation, with its messages; None for nothing.
    """

    def __init__(
        self,
        settings: Settings,
        info: NodeInfo,
        clock: Clock,
        *,
        patient: bool = False,
        alerts: Sequence[AlertRule] = (),
        outbox: Outbox | None = None,
        keeping: Keeping | None = None,
    ) -> None:
        self.address = parse_address(settings.url)
        refuse_insecure(settings, self.address)
        self._credentials = settings.credentials()
        self._opened = False
        self._losses = ""
        self._stamp = Stamp(info.node)
        self._memory = Store(None)
        self._outbox = Outbox(self._memory, Room(memory=settings.buffer_messages)) if outbox is None else outbox
        self._node = NodeMapping(info, self._stamp, self._outbox.capacity, STATE_INTERVAL_S)
        self._conversations = ConversationMapping(info, self._stamp, clock, partials=settings.partials, alerts=alerts)
        self._keeping = keeping
        self._settings = settings
        self._clock = clock
        self._patient = patient
        self._state_changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        home = settings.home_assistant
        self._introduction = (discovery(info, home.prefix),) if home.enabled else ()
        unwanted = () if home.enabled else (discovery_topic(info, home.prefix),)
        patience_s = _PATIENCE_KEEPALIVES * settings.keepalive_s
        guard = NameGuard(info.topics, self._stamp.boot_id, patience_s, unwanted)
        self._link = Link(self._dial, guard, self._outbox, self._greet)

    @property
    def boot_id(self) -> str:
        """Id of this start of the node; every message carries it."""
        return self._stamp.boot_id

    @property
    def waiting(self) -> int:
        """How many messages the broker has not acknowledged."""
        return len(self._outbox)

    def backlog(self) -> OutboxFigures:
        """What the broker has not acknowledged."""
        return OutboxFigures(len(self._outbox), self._outbox.oldest_s, self._outbox.dropped_ever)

    @property
    def connected(self) -> bool:
        """Whether the broker is there, and knows us."""
        return self._link.up.is_set()

    @property
    def conversations(self) -> ConversationMapping:
        """What is known of the conversations, for those who look; it is the publisher that makes messages of them."""
        return self._conversations

    async def switched(self, switches: NodeSwitches) -> None:
        """Publish from now on as it is switched, and let everybody see how."""
        self._node.switches = switches
        self._conversations.partials = switches.partials
        if self._opened:
            await self._put(self._node.abilities())

    async def report(self, message: Message) -> None:
        """Let something be said that nobody misses: it is left out while the broker is away."""
        if self.connected:
            await self._put(message)

    def new_stamp(self) -> Stamp:
        """A stamp for what else this node says in this boot."""
        return Stamp(self._stamp.node, boot_id=self._stamp.boot_id)

    def another_client(self, name: str) -> aiomqtt.Client:
        """A client for another connection to the same broker, not yet connected; it leaves no will.

        Args:
            name: What it is for; part of its client id.
        """
        return self._client(f"{self._stamp.boot_id}-{name}", None)

    async def open(self) -> None:
        """Connect and say that we are here.

        Raises:
            BrokerError: There is no broker, or it refuses us.
            NodeTakenError: Another live node bears our name.
        """
        await self._memory.open()
        try:
            await self._outbox.open()
            await self._link.open()
        except aiomqtt.MqttError as error:
            await self._let_go()
            raise refusal(self.address, error) from error
        except BaseException:
            await self._let_go()
            raise
        self._opened = True
        self._tasks = {
            asyncio.create_task(self._say_states(), name="mqtt states"),
            asyncio.create_task(self._say_dropped(), name="mqtt dropped"),
            asyncio.create_task(self._say_trouble(), name="mqtt trouble"),
            asyncio.create_task(self._keep_time(), name="mqtt time"),
        }

    async def publish(self, *events: Event) -> None:
        """Let events be said; returns at once, whether the broker is there or not, unless it is patient.

        Raises:
            NodeTakenError: Another live node took our name while the broker was away.
        """
        self._link.check()
        for order in events:
            if isinstance(order, Forget):
                await self._forget(order)
        messages = [message for event in events for message in self._messages(event)]
        progress = next((event for event in reversed(events) if isinstance(event, Progress)), None)
        over = next((event.conversation for event in events if isinstance(event, ConversationEnded)), "")
        await self._put(*messages, progress=progress, over=over)
        if self._conversations.state_due_at() is not None:
            self._state_changed.set()
        if self._patient:
            await self._wait_for_broker()

    async def close(self) -> None:
        """Say that we stop, after everything before was said. May be called twice."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._tasks = set()
        if not self._opened:
            return
        try:
            await self._announce_dropped()
            await self._link.close(self._node.farewell("ended on purpose"), _FAREWELL_S)
        finally:
            self._opened = False
            await self._let_go()

    async def _let_go(self) -> None:
        await self._outbox.close()
        await self._memory.close()

    async def _forget(self, order: Forget) -> None:
        """Drop what is remembered and what waits, and say which conversations have a hole by that."""
        courses = self._conversations.concerned(order.conversation)
        for course in courses:
            states = course.forget(order.speakers)
            order.removed["states"] += 0 if course.ended else states
        if order.removed["states"]:
            await self._put(*self._conversations.states_at_once())
        for conversation, speakers in (await self._waiting_about(order)).items():
            messages = 0
            for speaker in (None,) if speakers is None else speakers:
                try:
                    gone = await self._outbox.forget(conversation, speaker)
                except LostError as error:
                    order.trouble.append(str(error))
                else:
                    order.removed.update(gone)
                    messages += gone["messages"]
            if messages:
                await self._put(*self._conversations.messages_lost(conversation, messages, "forgotten on demand"))

    async def _waiting_about(self, order: Forget) -> dict[str, Collection[str] | None]:
        """Whose events are to go, by conversation; None for everybody's. Those of earlier starts may still wait."""
        courses = self._conversations.concerned(order.conversation)
        if order.conversation is not None:
            return {} if courses and not order.met else {order.conversation: order.speakers}
        earlier = dict.fromkeys(await self._outbox.conversations(), order.everywhere)
        return earlier | {course.id: order.speakers if order.met else () for course in courses}

    def _dial(self) -> aiomqtt.Client:
        # One client id per boot: a reconnection takes the old session over, whose will is then said before our birth.
        return self._client(self._stamp.boot_id, self._node.will())

    def _client(self, identifier: str, will: Message | None) -> aiomqtt.Client:
        settings = self._settings
        try:
            return new_client(
                self.address, self._credentials, settings.protocol, identifier, settings.keepalive_s, will
            )
        except BrokerError as error:
            if not self._opened:
                raise
            # Certificates are read each time, for they are renewed; one that is not there may be at the next attempt.
            raise aiomqtt.MqttError(str(error)) from error

    def _greet(self) -> tuple[Message, ...]:
        return (
            self._node.birth(),
            self._node.abilities(),
            *self._node.health(self._own_health()),
            *self._node.stages(),
            *self._introduction,
        )

    def _messages(self, event: Event) -> tuple[Message, ...]:
        about_node = self._node.health(event) if isinstance(event, PartHealth) else ()
        return (*about_node, *self._conversations.messages(event))

    def _own_health(self) -> PartHealth:
        if self._outbox.trouble:
            return PartHealth("publish", Health.OFFLINE, f"{_UNSAFE}: {self._outbox.trouble}")
        return PartHealth("publish", Health.ONLINE, self._losses)

    async def _put(self, *messages: Message, progress: Progress | None = None, over: str = "") -> None:
        """Let messages wait their turn; events with what the conversation goes on from once they have been said."""
        noteworthy = progress is not None or any(message.is_event for message in messages)
        await self._outbox.put(*messages, note=self._note(progress) if noteworthy else None, over=over)

    def _note(self, progress: Progress | None = None) -> Note | None:
        running = self._conversations.running
        if self._keeping is None or running is None:
            return None
        return self._keeping.note(running.id, running.kept(), progress)

    async def _wait_for_broker(self) -> None:
        """Return once the broker has all but a few messages: so many as it takes while we say goodbye."""
        few = min(_FEW, self._outbox.capacity // 2)
        while len(self._outbox) > few:
            self._link.check()
            with suppress(TimeoutError):
                async with asyncio.timeout(_CHECKED_S):
                    await self._outbox.shrunk_to(few)

    async def _announce_dropped(self) -> None:
        for conversation, count in self._outbox.take_dropped().items():
            reason = "the broker was away for too long, or refused them"
            about = {"conversation": conversation}
            _LOG.warning("%d messages of conversation %s dropped: %s", count, conversation, reason, extra=about)
            announcement = self._conversations.messages_lost(conversation, count, reason)
            if not announcement:  # an earlier start's conversation is over: nothing can be said in it any more
                self._losses = f"{count} messages of conversation {conversation} dropped: {reason}"
                announcement = self._node.health(self._own_health())
            await self._put(*announcement)

    async def _say_states(self) -> None:
        """Say states that had to wait because one was said less than a second before."""
        while True:
            await self._state_changed.wait()
            self._state_changed.clear()
            while (due_at := self._conversations.state_due_at()) is not None:
                await self._clock.sleep_until(due_at)
                await self._put(*self._conversations.states())

    async def _keep_time(self) -> None:
        """Note now and then that a conversation is still listened to: after a crash it is known how long nobody was."""
        while True:
            await asyncio.sleep(_ALIVE_S)
            running = self._conversations.running
            if self._keeping is not None and running is not None:
                await self._outbox.put(note=self._keeping.sign_of_life(running.id))

    async def _say_trouble(self) -> None:
        """Say when the disk takes nothing, and when it does again."""
        while True:
            await self._outbox.trouble_changed()
            await self._put(*self._node.health(self._own_health()))

    async def _say_dropped(self) -> None:
        """Say what a full box had to drop, once the broker takes messages again."""
        while True:
            await self._outbox.relieved()
            await self._announce_dropped()
