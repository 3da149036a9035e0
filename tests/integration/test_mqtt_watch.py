"""Subscribers of a real broker: the iterator of messages, and the command `undertone watch`."""

import asyncio
import json
import os
import signal
import sys

import aiomqtt
import pytest

from edge.publishers import mqtt
from edge.watch.subscriber import subscribe
from model.errors import BrokerError, SettingsError
from tests.conversation_events import CONVERSATION, node_info, short_conversation
from tests.running_broker import running_broker


async def publish_conversation(broker):
    publisher = mqtt.create(mqtt.Settings(url=broker.url, protocol=broker.version), node_info())
    await publisher.open()
    for event in short_conversation():
        await publisher.publish(event)
    await publisher.close()


async def until_stopped(messages, timeout_s=10.0):
    received = []
    async with asyncio.timeout(timeout_s):
        async for message in messages:
            received.append(message)
            if message.payload.get("status") == "stopped":
                return received
    raise AssertionError("the subscription ended")


async def test_a_subscriber_misses_nothing_that_is_said_after_it_entered(broker):
    async with subscribe(broker.url, version=broker.version, site="home") as messages:
        await publish_conversation(broker)
        received = await until_stopped(messages)
    counted = [message.payload["seq"] for message in received if "seq" in message.payload]
    assert counted == list(range(1, len(counted) + 1))
    assert {message.place.subject for message in received} >= {"status", "info", "emotion", "cause", "transcript/final"}
    cleared = [message.place.subject for message in received if not message.payload]
    assert sorted(cleared) == ["meta", "state"]


async def test_only_the_conversation_that_was_asked_for(broker):
    async with subscribe(broker.url, version=broker.version, site="home", conversation="another") as messages:
        await publish_conversation(broker)
        received = await until_stopped(messages)
    assert {message.place.kind for message in received} == {"node"}


async def test_another_site_is_not_heard(broker):
    async with subscribe(broker.url, version=broker.version, site="office") as messages:
        await publish_conversation(broker)
        with pytest.raises(TimeoutError):
            await until_stopped(messages, 0.2)


async def test_hostile_messages_are_noted_and_skipped(broker):
    notes = []
    async with subscribe(broker.url, version=broker.version, site="home", note=notes.append) as messages:
        async with aiomqtt.Client("127.0.0.1", broker.address.port) as stranger:
            topic = f"undertone/v1/home/conv/{CONVERSATION}/emotion"
            for payload in (b"{", b"[1]", b"\xff\xfe", b"[" * 60_000, b'{"a": "' + b"x" * 70_000 + b'"}'):
                await stranger.publish(topic, payload, qos=1)
            await stranger.publish("undertone/v1/home/conv/UPPER/emotion", b"{}", qos=1)
        await publish_conversation(broker)
        await until_stopped(messages)
    assert len(notes) == 6


@pytest.mark.faults
async def test_a_subscription_outlives_its_broker(brokers):
    notes = []
    is_back = asyncio.Event()

    def note(text):
        notes.append(text)
        if "is back" in text:
            is_back.set()

    async with brokers.running() as broker:
        subscribing = subscribe(broker.url, version=broker.version, site="home", note=note)
        messages = await subscribing.__aenter__()
        receiving = asyncio.create_task(until_stopped(messages, 20.0))
        await asyncio.sleep(0.1)
    async with brokers.running(broker.address.port) as again:
        await asyncio.wait_for(is_back.wait(), 10)
        await publish_conversation(again)
        assert len(await receiving) > 10
        await subscribing.__aexit__(None, None, None)
    assert "lost the broker" in notes[0]


async def test_no_broker_and_no_address_are_one_line():
    async with running_broker() as gone:
        pass
    with pytest.raises(BrokerError, match="no broker at"):
        async with subscribe(gone.url, "home"):
            pass
    with pytest.raises(SettingsError, match="is no broker address"):
        async with subscribe("localhost", "home"):
            pass


async def watch(*arguments):
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import typer; from edge.commands.watch import watch; typer.run(watch)",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def leave_a_foreign_message(broker):
    """Something retained that is none of ours: who subscribes notes it at once."""
    async with aiomqtt.Client("127.0.0.1", broker.address.port) as stranger:
        await stranger.publish("undertone/v1/home/conv/strange/emotion", "no json", qos=1, retain=True)


async def subscribed(output):
    """Return once the foreign message was noted."""
    assert b"none of ours" in await asyncio.wait_for(output.readline(), 30)


async def test_watch_prints_messages_as_json_lines_and_ends_with_ctrl_c(broker):
    await leave_a_foreign_message(broker)
    process = await watch("--url", broker.url, "--protocol", broker.version, "--json")
    await subscribed(process.stderr)
    await publish_conversation(broker)
    lines = []
    async with asyncio.timeout(10):
        while not lines or lines[-1]["payload"].get("status") != "stopped":
            lines.append(json.loads(await process.stdout.readline()))
    assert all(set(line) == {"topic", "payload"} for line in lines)
    assert any(line["topic"].endswith("/cause") for line in lines)
    os.kill(process.pid, signal.SIGINT)
    _, errors = await asyncio.wait_for(process.communicate(), 3.0)
    assert b"Traceback" not in errors


async def test_watch_prints_plain_lines_into_a_pipe(broker):
    await leave_a_foreign_message(broker)
    process = await watch("--url", broker.url, "--protocol", broker.version)
    await subscribed(process.stdout)
    await publish_conversation(broker)
    async with asyncio.timeout(10):
        lines = [(await process.stdout.readline()).decode() for _ in range(2)]
    assert lines[0].startswith("0:00 ann: i got the job | joy 70 %")
    os.kill(process.pid, signal.SIGINT)
    await asyncio.wait_for(process.communicate(), 3.0)
