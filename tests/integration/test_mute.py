"""The machine hears itself: silenced by a topic and by a command, while a recording plays at its own speed."""

import asyncio
import json

import aiomqtt
import pytest

from edge.control.commands import Commands
from edge.control.listener import Listener
from edge.demo.script import RECORDING_PATH
from edge.mqtt.client import MqttVersion, new_client
from edge.mqtt.trust import Credentials
from edge.wire.stamp import Stamp
from edge.wire.topics import Topics
from tests.running_broker import running_broker
from tests.running_node import running_node

ROBOT = "robot/speaking"
ENVIRONMENT = {"UNDERTONE_MUTE__IGNORE_WHILE_TOPIC": ROBOT, "UNDERTONE_NODE": "desk"}


@pytest.mark.slow
async def test_nothing_is_understood_while_the_robot_speaks_and_everybody_is_told_why():
    async with running_node(str(RECORDING_PATH), environment=ENVIRONMENT) as node:
        await node.heard("cause", 1, within_s=30)  # the first line ends at 2.8 s
        async with node.client() as robot:
            await robot.publish(ROBOT, "true", qos=1, retain=True)
            await node.heard("lifecycle", 2, within_s=10)
            before = len(node.payloads("transcript/final"))
            await asyncio.sleep(4.0)
            during = len(node.payloads("transcript/final")) - before
            await robot.publish(ROBOT, "false", qos=1, retain=True)
            await node.heard("transcript/final", before + during + 1, within_s=20)
            reply = await asked(robot, {"muted": True, "for_s": 1.0, "reason": "a private word"})
            await node.heard("lifecycle", 5, within_s=20)
    turns = [(turn["event"], turn["reason"]) for turn in node.payloads("lifecycle")]
    assert turns[:5] == [
        ("started", "speech"),
        ("paused", f"the machine speaks ({ROBOT})"),
        ("resumed", "listening again"),
        ("paused", "a private word"),
        ("resumed", "listening again"),
    ]
    assert during <= 1  # what was being said when it began
    health = [payload["health"] for payload in node.payloads("health/microphone")]
    assert health[:3] == ["disabled", "disabled", "online"]  # at first because sound comes from a file
    assert (reply["ok"], reply["verb"]) == (True, "mute")
    assert [event["seq"] for event in sorted(node.events(), key=lambda event: event["seq"])] == list(
        range(1, len(node.events()) + 1)
    )


async def asked(client: aiomqtt.Client, fields: dict[str, object]) -> dict[str, object]:
    """The answer to a command."""
    await client.subscribe("undertone/v1/home/reply/nurse/+", qos=1)
    command = {"client": "nurse", "request_id": "r1", **fields}
    await client.publish("undertone/v1/home/cmd/desk/mute", json.dumps(command), qos=1)
    async with asyncio.timeout(10):
        return json.loads((await anext(client.messages)).payload)


async def test_commands_are_heard_again_when_the_broker_is_back():
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    async with running_broker() as broker:
        port = broker.address.port
        listener = Listener(
            lambda: new_client(broker.address, Credentials(), MqttVersion.V3_1_1, "ear", 5),
            Commands(Topics("home", "desk"), Stamp("desk"), {}),
            "undertone/v1/home/cmd/desk/+",
            {ROBOT: heard.put_nowait},
        )
        listening = asyncio.create_task(listener.run())
        await asyncio.wait_for(listener.listening.wait(), 10)
    async with running_broker(port):
        await asyncio.sleep(0.1)
        await asyncio.wait_for(listener.listening.wait(), 10)
        async with new_client(broker.address, Credentials(), MqttVersion.V3_1_1, "mouth", 5) as mouth:
            await mouth.publish(ROBOT, b"true", qos=1)
            assert await asyncio.wait_for(heard.get(), 10) == b"true"
        listening.cancel()
        await asyncio.wait({listening})
