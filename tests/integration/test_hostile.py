"""What anybody may send to a broker where we listen: it costs us neither the connection nor our memory."""

import asyncio
import gc
import tracemalloc
from contextlib import asynccontextmanager, suppress

import pytest

from edge.brokers.bounded_reader import LONGEST_PACKET as LONGEST_TO_BROKER
from edge.mqtt.bounds import LONGEST_PACKET
from edge.mqtt.client import MqttVersion, new_client
from edge.mqtt.trust import Credentials
from edge.publishers import mqtt
from edge.watch.subscriber import subscribe
from edge.wire.topics import Topics
from tests import packets
from tests.conversation_events import node_info
from tests.mosquitto import running_mosquitto
from tests.running_broker import running_broker

MIB = 1024 * 1024
HUGE = 200 * MIB
LONG = 30 * MIB  # as bad, and quick where the machine is busy
FEW = 4 * MIB
TOPICS = Topics("home", "desk")


@asynccontextmanager
async def raw(address):
    """A connection on which anything can be said."""
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(packets.connect("stranger"))
    assert (await reader.readexactly(4))[0] == 0x20
    try:
        yield reader, writer
    finally:
        writer.close()


async def send(writer, topic, size, *, retain=False):
    """Publish so many bytes, of which none are held here for long."""
    writer.write(packets.publish_header(topic, size, retain=retain))
    piece = bytes(256 * 1024)
    for _ in range(size // len(piece)):
        writer.write(piece)
        await writer.drain()
    writer.write(piece[: size % len(piece)])
    await writer.drain()


@asynccontextmanager
async def measured(limit_bytes):
    """Fails where our memory grew by more than that meanwhile."""
    gc.collect()
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < limit_bytes, f"{peak / MIB:.1f} MiB"


@pytest.mark.parametrize("version", MqttVersion)
async def test_a_subscriber_outlives_a_packet_of_200_mb_and_holds_little_of_it(version, mosquitto_folder):
    async with running_mosquitto(mosquitto_folder) as broker:
        client = new_client(broker.address, Credentials(), version, "ear", 15)
        async with client, raw(broker.address) as (_, stranger), measured(FEW):
            await client.subscribe("#", 0)
            await send(stranger, "a/flood", HUGE if version is MqttVersion.V3_1_1 else LONG)
            await send(stranger, "an/end", 1)
            received = []
            async for message in client.messages:
                received.append((message.topic.value, len(message.payload)))
                if message.topic.value == "an/end":
                    break
    assert received[-1] == ("an/end", 1)
    assert all(size <= LONGEST_PACKET + 16 * 1024 for _, size in received)
    if version is MqttVersion.V5:  # the broker was asked to withhold it
        assert len(received) == 1


async def test_a_node_starts_though_huge_garbage_lies_retained_under_its_topics(mosquitto_folder):
    async with running_mosquitto(mosquitto_folder) as broker, raw(broker.address) as (_, stranger):
        for topic in (TOPICS.status, TOPICS.conversation("c1", "meta")):
            await send(stranger, topic, 20 * MIB, retain=True)
        node = mqtt.create(mqtt.Settings(url=broker.url), node_info(node="desk"))
        async with measured(FEW):
            await node.open()
        async with subscribe(broker.url) as seen:
            async for message in seen:
                if message.payload.get("status") == "online":
                    break
        await node.close()


async def test_the_broker_inside_hangs_up_on_who_announces_a_packet_that_is_too_long():
    async with running_broker() as broker:
        witness = new_client(broker.address, Credentials(), MqttVersion.V3_1_1, "witness", 15)
        async with witness, raw(broker.address) as (reader, stranger):
            await witness.subscribe("#", 0)
            async with measured(FEW):
                with suppress(ConnectionError):
                    await send(stranger, "a/flood", HUGE)
                    assert await reader.read() == b""
                assert stranger.is_closing() or reader.at_eof()
            async with raw(broker.address) as (_, other):
                await send(other, "just/so", LONGEST_TO_BROKER - 100)
                assert (await anext(witness.messages)).topic.value == "just/so"


async def test_the_broker_inside_retains_no_more_topics_than_it_has_room_for(caplog):
    async with running_broker() as broker:
        inside = broker._broker
        for number in range(10_100):
            await inside.retain_message(None, f"many/{number}", b"x")
        assert len(inside.retained_messages) == 10_000
        assert caplog.text.count("10000 topics are retained already") == 1
        await inside.retain_message(None, "many/1", b"new")
        await inside.retain_message(None, "many/2", b"")
        await inside.retain_message(None, "another", b"x")
        assert inside.retained_messages["many/1"].data == b"new"
        assert {"many/2", "another"} & set(inside.retained_messages) == {"another"}
