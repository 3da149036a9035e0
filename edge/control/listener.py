"""What a running node hears over MQTT: commands to it, and topics it was told to follow. It survives its broker."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

import aiomqtt

from edge.control.commands import Commands
from edge.control.muting import SpeakingTopic, mute_command
from edge.control.settings import MuteSettings
from edge.mqtt.backoff import Backoff
from edge.publishers.mqtt import MqttPublisher
from edge.wire.topics import Topics
from realtime.mute import Mute

_LOG = logging.getLogger(__name__)
_ANSWER_S: Final = 0.5


def create(settings: MuteSettings, publisher: MqttPublisher, topics: Topics, mute: Mute) -> "Listener":
    """What a node hears at the broker where it publishes."""
    commands = Commands(topics, publisher.new_stamp(), {"mute": mute_command(mute)})
    followed = {}
    if settings.ignore_while_topic is not None:
        followed[settings.ignore_while_topic] = SpeakingTopic(
            mute, settings.ignore_while_topic, settings.longest_s
        ).hear
    return Listener(lambda: publisher.another_client("control"), commands, topics.commands, followed)


class Listener:
    """Listens at the broker and hands over what it hears.

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
        self.listening = asyncio.Event()
        """Set while the broker has acknowledged our subscriptions."""

    async def run(self) -> None:
        """Listen until cancelled; a lost connection is dialled again."""
        backoff = Backoff()
        while True:
            try:
                async with self._dial() as client:
                    await self._listen(client, backoff)
            except aiomqtt.MqttError as error:
                self.listening.clear()
                _LOG.info("no commands are heard: %s", error)
                await asyncio.sleep(backoff.next_s())

    async def _listen(self, client: aiomqtt.Client, backoff: Backoff) -> None:
        await _whole(client.subscribe([(pattern, 1) for pattern in (self._pattern, *self._followed)]))
        backoff.reset()
        self.listening.set()
        async for message in client.messages:
            await self._hear(client, message)

    async def _hear(self, client: aiomqtt.Client, message: aiomqtt.Message) -> None:
        topic, payload = message.topic.value, message.payload
        if (follow := self._followed.get(topic)) is not None:
            follow(payload)
        elif message.topic.matches(self._pattern):
            answer = self._commands.handle(topic, payload, retained=message.retain)
            if answer is not None:
                await client.publish(answer.topic, answer.payload, answer.qos)


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
