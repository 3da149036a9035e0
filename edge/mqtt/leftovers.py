"""What an earlier boot of this node left retained when it crashed: conversations that nobody will ever end."""

import logging
from collections.abc import Collection
from typing import Final

import aiomqtt

from edge.mqtt.client import MessageRefusedError
from edge.wire.reading import read_object
from edge.wire.topics import PREFIX, Topics, place_of

_LOG = logging.getLogger(__name__)
_RETAINED: Final = ("meta", "state")


async def retained_messages(client: aiomqtt.Client, *patterns: str) -> list[aiomqtt.Message]:
    """Subscribe, and return what the broker had retained, once all of it has come."""
    # At QoS 1 a broker would stop after twenty or so, until those are acknowledged, and answer the next request first.
    await client.subscribe([(pattern, 0) for pattern in patterns])
    # Brokers answer in order: once this is answered, what is retained has come.
    await client.unsubscribe(f"{patterns[0]}/none")
    return [await anext(client.messages) for _ in range(len(client.messages))]


async def clear_leftovers(client: aiomqtt.Client, topics: Topics, boot_id: str, unwanted: Collection[str] = ()) -> None:
    """Clear retained conversations of this node that another boot began; that boot is over.

    Args:
        client: Connected.
        topics: Of this node.
        boot_id: Of this boot.
        unwanted: Topics of ours that shall hold nothing any more.
    """
    patterns = [*(f"{PREFIX}/{topics.site}/conv/+/{subject}" for subject in _RETAINED), *unwanted]
    for message in await retained_messages(client, *patterns):
        if message.topic.value in unwanted or _is_leftover(message, topics.node, boot_id):
            try:
                await client.publish(message.topic.value, b"", qos=1, retain=True)
            except MessageRefusedError as error:
                _LOG.warning("%s cannot be cleared: %s", message.topic, error)
    await client.unsubscribe(patterns)


def _is_leftover(message: aiomqtt.Message, node: str, boot_id: str) -> bool:
    place = place_of(message.topic.value)
    if place is None or place.subject not in _RETAINED:
        return False
    payload = read_object(message.payload)
    return payload is not None and payload.get("node") == node and payload.get("boot_id", boot_id) != boot_id
