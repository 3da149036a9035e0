"""The example of a bridge to ROS 2 goes on, whatever else is published on its topics."""

import asyncio
import json
import os
import sys
from pathlib import Path

import aiomqtt

from edge.ros.mapping import voice_id
from edge.wire.conversation_mapping import ConversationMapping
from edge.wire.stamp import Stamp
from realtime.events import ConversationStarted
from tests.conversation_events import CONVERSATION, heard, node_info
from tests.fakes import ManualClock
from tests.running_broker import running_broker

ROOT = Path(__file__).parents[2]


async def test_what_is_none_of_our_messages_is_told_and_left_out():
    conversations = ConversationMapping(node_info(), Stamp("desk"), ManualClock(), partials=False)
    conversations.messages(ConversationStarted(CONVERSATION, 0.0))
    (words,) = conversations.messages(heard(0, "still here"))
    path = os.pathsep.join([str(ROOT / "tests/fake_ros"), str(ROOT / "edge/ros")])
    async with running_broker() as broker:
        port = broker.address.port
        command = [str(ROOT / "docs/examples/ros2/bridge.py"), "--ros-args", "-p", f"port:={port}"]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, env=os.environ | {"PYTHONPATH": path}, stdout=asyncio.subprocess.PIPE
        )
        try:
            async with asyncio.timeout(30), aiomqtt.Client("127.0.0.1", port) as client:
                assert await process.stdout.readline() == b"listening\n"
                strange = [b"", b"{", b"[]", b"\xff", b'{"schema": "undertone.emotion/1", "speaker": {"id": "ann"}}']
                for payload in [*strange, words.payload]:
                    await client.publish(words.topic, payload, qos=1)
                said = [(await process.stdout.readline()).decode() for _ in range(6)]
        finally:
            process.kill()
            await process.communicate()
    assert all("none of undertone's messages" in line for line in said[:4])
    speech = json.loads(said[5])
    assert speech["topic"] == f"/humans/voices/{voice_id(CONVERSATION, 'ann')}/speech"
    assert speech["fields"]["final"] == "still here"
