"""The promises of MQTT.md, as a subscriber at a real broker sees them kept."""

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import asynccontextmanager

import aiomqtt
import pytest

from edge.publishers import mqtt
from model.errors import BrokerError, NodeTakenError
from realtime.events import ConversationEnded, ConversationStarted, Health, PartHealth, PartialText
from tests.conversation_events import CONVERSATION, heard, node_info, short_conversation, understood

STATUS = "undertone/v1/home/node/desk/status"
CONV = f"undertone/v1/home/conv/{CONVERSATION}"


def publisher(broker, **settings):
    return mqtt.create(mqtt.Settings(url=broker.url, protocol=broker.version, **settings), node_info())


async def acknowledged(one):
    """Return once the broker has everything that was published."""
    async with asyncio.timeout(10):
        while one.waiting:  # noqa: ASYNC110 - the publisher has no event for it
            await asyncio.sleep(0.01)


@asynccontextmanager
async def subscriber(broker, topic="undertone/v1/#"):
    async with aiomqtt.Client("127.0.0.1", broker.address.port) as client:
        await client.subscribe(topic, qos=1)
        yield client


async def until(client, done, timeout_s=10.0):
    """(topic, payload, retained) of messages up to the first that is `done`."""
    received = []
    async with asyncio.timeout(timeout_s):
        async for message in client.messages:
            payload = json.loads(message.payload) if message.payload else None
            received.append((message.topic.value, payload, message.retain))
            if done(*received[-1][:2]):
                return received
    raise AssertionError("the subscription ended")


def is_status(status):
    return lambda topic, payload: topic == STATUS and payload["status"] == status


async def retained(broker):
    """What a newcomer is given, by topic."""
    async with subscriber(broker) as client:
        await asyncio.sleep(0.2)
        messages = [await anext(client.messages) for _ in range(len(client.messages))]
        return {message.topic.value: json.loads(message.payload) for message in messages}


async def test_words_then_feeling_then_cause_reach_the_subscriber(broker):
    async with subscriber(broker) as client:
        one = publisher(broker)
        await one.open()
        for event in short_conversation():
            await one.publish(event)
        await one.close()
        received = await until(client, is_status("stopped"))
    order = [topic.removeprefix(f"{CONV}/") for topic, _, _ in received if topic.startswith(CONV)]
    assert [subject for subject in order if subject not in {"meta", "state", "lifecycle"}] == [
        "transcript/final", "emotion", "cause", "transcript/final", "emotion", "cause",
    ]  # fmt: skip
    counted = [payload["seq"] for _, payload, _ in received if payload and "seq" in payload]
    assert counted == list(range(1, len(counted) + 1))
    assert len({payload["boot_id"] for _, payload, _ in received if payload}) == 1


async def test_events_are_not_retained_and_state_is_cleared_at_the_end(broker):
    one = publisher(broker)
    await one.open()
    *running, end = short_conversation()
    for event in running:
        await one.publish(event)
    await acknowledged(one)
    during = {topic.removeprefix(f"{CONV}/") for topic in await retained(broker) if topic.startswith(CONV)}
    assert during == {"meta", "state"}
    await one.publish(end)
    await one.close()
    after = await retained(broker)
    assert not [topic for topic in after if topic.startswith(CONV)]
    assert after[STATUS]["status"] == "stopped"


async def test_a_held_back_state_is_said_a_second_later(broker):
    async with subscriber(broker, f"{CONV}/state") as client:
        one = publisher(broker)
        await one.open()
        await one.publish(ConversationStarted(CONVERSATION, 0.0))
        started = time.monotonic()
        for index, label in enumerate(("joy", "anger", "fear")):
            await one.publish(heard(index))
            await one.publish(understood(heard(index), label))
        received = await until(client, lambda _, payload: payload["last_utterance"] == "u3")
        assert 0.9 < time.monotonic() - started < 3.0
        assert [payload["speakers"]["ann"]["label"] for _, payload, _ in received] == ["joy", "fear"]
        await one.close()


async def test_a_stage_offline_degrades_the_node(broker):
    async with subscriber(broker) as client:
        one = publisher(broker)
        await one.open()
        await one.publish(PartHealth("microphone", Health.OFFLINE, "unplugged"))
        received = await until(client, is_status("degraded"))
        assert ("undertone/v1/home/node/desk/health/microphone", "offline") in [
            (topic, payload.get("health")) for topic, payload, _ in received
        ]
        await one.close()


PUBLISH_FOREVER = """
import asyncio, sys
from edge.publishers import mqtt
from tests.conversation_events import node_info

async def main():
    publisher = mqtt.create(mqtt.Settings(url=sys.argv[1], protocol=sys.argv[2]), node_info())
    await publisher.open()
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.faults
async def test_a_killed_node_is_said_to_be_offline(broker):
    async with subscriber(broker, STATUS) as client:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PUBLISH_FOREVER, broker.url, broker.version
        )
        born = await until(client, is_status("online"), 20.0)
        os.kill(process.pid, signal.SIGKILL)
        gone = await until(client, is_status("offline"))
        await process.wait()
    assert gone[-1][1]["boot_id"] == born[-1][1]["boot_id"]
    assert (await retained(broker))[STATUS]["status"] == "offline"


@pytest.mark.faults
async def test_a_broker_that_went_and_came_back_gets_everything_in_order(brokers):
    async with brokers.running() as broker:
        one = publisher(broker, partials=True)
        await one.open()
        start, *rest = short_conversation()
        await one.publish(start)
        await acknowledged(one)
    for event in rest[:-1]:
        await one.publish(event)
        await one.publish(PartialText("s9", 0, 0.0, 1.0, "stale", CONVERSATION))
    await asyncio.sleep(0.3)
    async with brokers.running(broker.address.port) as again, subscriber(again) as client:
        received = await until(
            client, lambda topic, payload: bool(payload) and payload.get("utterance") == "u2" and "links" in payload
        )
        await one.publish(rest[-1])
        received += await until(client, lambda topic, payload: topic == f"{CONV}/meta" and payload is None)
        await one.close()
    topics = [topic for topic, _, _ in received]
    assert STATUS in topics
    assert f"{CONV}/meta" in topics
    assert f"{CONV}/transcript/partial" not in topics
    counted = [payload["seq"] for _, payload, _ in received if payload and "seq" in payload]
    assert counted == list(range(2, 2 + len(counted)))  # 1 had reached the first broker


@pytest.mark.faults
async def test_what_a_full_buffer_dropped_is_announced(brokers):
    async with brokers.running() as broker:
        one = publisher(broker, buffer_messages=10)
        await one.open()
        await one.publish(ConversationStarted(CONVERSATION, 0.0))
        await acknowledged(one)
    for index in range(10):
        await one.publish(heard(index))
        await one.publish(understood(heard(index), "joy"))
    async with brokers.running(broker.address.port) as again, subscriber(again) as client:
        received = await until(client, lambda topic, payload: bool(payload) and payload.get("event") == "gap")
        await one.publish(ConversationEnded(CONVERSATION, 50.0, "end of source", 10, 0))
        await one.close()
    counted = [payload["seq"] for _, payload, _ in received if payload and "seq" in payload]
    missing = set(range(2, max(counted) + 1)) - set(counted)
    assert counted == sorted(counted)
    assert received[-1][1]["lost"]["messages"] == len(missing) > 0


async def test_a_name_that_is_taken_is_left_to_its_holder(broker):
    first = publisher(broker)
    await first.open()
    second = publisher(broker, keepalive_s=2)
    started = time.monotonic()
    with pytest.raises(NodeTakenError, match="another node") as taken:
        await second.open()
    assert 2.9 < time.monotonic() - started < 5.0
    assert taken.value.exit_code == 3
    await second.close()
    await first.publish(PartHealth("analyse", Health.ONLINE, ""))
    assert (await retained(broker))[STATUS]["boot_id"] == first.boot_id
    await first.close()


async def test_what_a_crash_left_retained_is_cleared_by_the_next_boot(broker):
    meta = f"{CONV}/meta"
    async with aiomqtt.Client("127.0.0.1", broker.address.port) as stranger:
        await stranger.publish(meta, json.dumps({"node": "desk", "boot_id": "earlier"}), qos=1, retain=True)
        for topic in (meta, f"{CONV}/state"):
            foreign = topic.replace(CONVERSATION, "foreign")
            await stranger.publish(foreign, json.dumps({"node": "kitchen", "boot_id": "x"}), qos=1, retain=True)
        await stranger.publish("undertone/v1/home/conv/strange/state", "no json", qos=1, retain=True)
    one = publisher(broker)
    await one.open()
    async with aiomqtt.Client("127.0.0.1", broker.address.port) as stranger:
        await stranger.publish("undertone/v1/home/conv/strange/state", b"", qos=1, retain=True)
    left = {topic for topic in await retained(broker) if "/conv/" in topic}
    assert left == {"undertone/v1/home/conv/foreign/meta", "undertone/v1/home/conv/foreign/state"}
    await one.close()


async def test_however_much_a_crash_left_all_of_it_is_cleared(broker):
    async with aiomqtt.Client("127.0.0.1", broker.address.port) as stranger:
        for number in range(60):  # more than a broker hands out before they are acknowledged
            meta = f"undertone/v1/home/conv/left-{number}/meta"
            await stranger.publish(meta, json.dumps({"node": "desk", "boot_id": "earlier"}), qos=1, retain=True)
    one = publisher(broker)
    await one.open()
    await one.close()
    assert not [topic for topic in await retained(broker) if "/conv/" in topic]


async def test_a_name_becomes_free_when_its_holder_leaves(broker):
    first = publisher(broker)
    await first.open()
    second = publisher(broker)
    opening = asyncio.create_task(second.open())
    await asyncio.sleep(0.2)
    assert not opening.done()
    await first.close()
    await asyncio.wait_for(opening, 5.0)
    status = (await retained(broker))[STATUS]
    assert (status["status"], status["boot_id"]) == ("online", second.boot_id)
    await second.close()


@pytest.mark.parametrize(
    "version, answer, words",
    [
        ("3.1.1", b"\x20\x02\x00\x04", "Check username and password"),
        ("3.1.1", b"\x20\x02\x00\x05", "Check username and password"),
        ("3.1.1", b"\x20\x02\x00\x03", "log"),
        ("5", b"\x20\x03\x00\x86\x00", "Check username and password"),
        ("5", b"\x20\x03\x00\x84\x00", r"Set protocol to the other one, 3\.1\.1 or 5"),
    ],
)
async def test_a_refusal_is_one_line_that_says_what_to_do(version, answer, words):
    async def refuse(reader, writer):
        await reader.read(1000)
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        url = f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        one = mqtt.create(mqtt.Settings(url=url, protocol=version), node_info())
        with pytest.raises(BrokerError, match=words) as refused:
            await one.open()
        assert "\n" not in str(refused.value)
        await one.close()


async def test_the_will_of_an_old_connection_does_not_have_the_last_word(broker):
    one = publisher(broker)
    await one.open()
    async with subscriber(broker, STATUS) as client:
        await until(client, is_status("online"))
        will = {"status": "offline", "boot_id": one.boot_id}
        await client.publish(STATUS, json.dumps(will), qos=1, retain=True)
        await until(client, is_status("offline"))
        await until(client, is_status("online"))
    assert (await retained(broker))[STATUS]["status"] == "online"
    await one.close()


async def test_hostile_words_on_our_status_topic_change_nothing(broker):
    async with aiomqtt.Client("127.0.0.1", broker.address.port) as stranger:
        for payload in ("", "null", "[1]", '{"status": "online"', '{"status": 7}', "\xff"):
            await stranger.publish(STATUS, payload, qos=1, retain=True)
        one = publisher(broker)
        await one.open()
        for payload in ("null", '{"status": []}', '"online"'):
            await stranger.publish(STATUS, payload, qos=1)
        await one.publish(PartHealth("analyse", Health.ONLINE, ""))
        await asyncio.sleep(0.1)
        await one.publish(PartHealth("analyse", Health.ONLINE, ""))
        await one.close()
