"""What a running node hears over MQTT: commands to it, and topics it was told to follow. It survives its broker."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

import aiomqtt

from edge.control.commands import Commands
from edge.control.muting import SpeakingTopic
from edge.control.settings import MuteSettings
from edge.control.verb import Verb
from edge.mqtt.backoff import Backoff
from edge.publishers.mqtt import MqttPublisher
from edge.wire.message import Message
from edge.wire.topics import Topics
from realtime.alongside import alongside
from realtime.mute import Mute

_LOG = logging.getLogger(__name__)
_ANSWER_S: Final = 0.5
_MOST_WAITING: Final = 32  # commands; one may take some seconds


def create(
    settings: MuteSettings, publisher: MqttPublisher, topics: Topics, mute: Mute, verbs: Mapping[str, Verb]
) -> "Listener":
    """What a node hears at the broker where it publishes."""
    commands = Commands(topics, publisher.new_stamp(), verbs)
    followed = {}
    if settings.ignore_while_topic is not None:
        followed[settings.ignore_while_topic] = SpeakingTopic(
            mute, settings.ignore_while_topic, settings.longest_s
        ).hear
    return Listener(lambda: publisher.another_client("control"), commands, topics.commands, followed)


class Listener:
    """Listens at the broker and hands over what it hears.

    Commands are carried out one after the other, in the order in which they came; what is followed waits for none.

    Args:
        dial: A client for one connection.
        commands: Carries out what comes under `pattern`, and answers.
        pattern: The filter that matches commands to this node.
        followed: For other topics, who wants to hear their payloads.
    """

    def __init__(
        self,
        dial: Callable[[], aiomqtt.Client],
        commands: Commands,
        pattern: str,
        followed: Mapping[str, Callable[[bytes], None]],
    ) -> None:
        self._dial = dial
        self._commands = commands
        self._pattern = pattern
        self._followed = followed
        self._waiting: asyncio.Queue[aiomqtt.Message] = asyncio.Queue(_MOST_WAITING)
        self._client: aiomqtt.Client | None = None
        self.listening = asyncio.Event()
        """Set while the broker has acknowledged our subscriptions."""

    async def run(self) -> None:
        """Listen until cancelled; a lost connection is dialled again."""
        await alongside(self._stay_connected(), [self._answer()])

    async def _stay_connected(self) -> None:
        backoff = Backoff()
        while True:
            try:
                async with self._dial() as client:
                    await self._listen(client, backoff)
            except aiomqtt.MqttError as error:
                _LOG.info("no commands are heard: %s", error)
                await asyncio.sleep(backoff.next_s())

    async def _listen(self, client: aiomqtt.Client, backoff: Backoff) -> None:
        await _whole(client.subscribe([(pattern, 1) for pattern in (self._pattern, *self._followed)]))
        backoff.reset()
        self._client = client
        self.listening.set()
        try:
            async for message in client.messages:
                await self._hear(message)
        finally:
            self._client = None
            self.listening.clear()

    async def _hear(self, message: aiomqtt.Message) -> None:
        topic = message.topic.value
        if (follow := self._followed.get(topic)) is not None:
            follow(message.payload)
        elif message.topic.matches(self._pattern):
            try:
                self._waiting.put_nowait(message)
            except asyncio.QueueFull:
                await self._say(self._commands.busy(topic, message.payload))

    async def _answer(self) -> None:
        """Carry out what waits, until cancelled. An answer that cannot be sent is given to whoever asks again."""
        while True:
            message = await self._waiting.get()
            answer = await self._commands.handle(message.topic.value, message.payload, retained=message.retain)
            try:
                await self._say(answer)
            except aiomqtt.MqttError as error:
                _LOG.info("an answer was not sent: %s", error)

    async def _say(self, answer: Message | None) -> None:
        if answer is not None and self._client is not None:
            await self._client.publish(answer.topic, answer.payload, answer.qos)


async def _whole(asking: Coroutine[Any, Any, Any]) -> None:
    """Ask the broker for something and hear its answer, also when cancelled meanwhile.

    aiomqtt fails, with a trace in the log, on an answer for which nobody waits any more.
    """
    task = asyncio.create_task(asking, name="mqtt request")
    try:
        await asyncio.shield(task)
    finally:
        if not task.done():
            await asyncio.wait({task}, timeout=_ANSWER_S)
            task.cancel()
