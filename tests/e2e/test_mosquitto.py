"""The main job with a broker as people run it elsewhere: Mosquitto, a password, and MQTT 5."""

import asyncio
from collections import defaultdict

import pytest

from edge.demo.script import read_script
from edge.mqtt.client import MqttVersion
from edge.watch.subscriber import subscribe
from realtime.events import SAMPLE_RATE_HZ
from tests import mosquitto
from tests.running_node import end, start
from tests.sounds import write
from tests.speech import conversation

EXCERPT_S = 16
EVENTS = {"lifecycle", "transcript/final", "emotion", "cause", "error"}


@pytest.fixture
def excerpt(tmp_path):
    """The beginning of the demo as a file."""
    return write(tmp_path / "excerpt.flac", list(conversation()[:, : EXCERPT_S * SAMPLE_RATE_HZ]))


async def until_stopped(messages):
    received = []
    async for message in messages:
        received.append(message)
        if message.payload.get("status") == "stopped":
            break
    return received


@pytest.mark.skipif(bool(mosquitto.missing()), reason=mosquitto.missing())
async def test_a_conversation_reaches_mosquitto_whole_and_in_order(excerpt, tmp_path):
    speakers = dict(sorted((line.channel, line.speaker) for line in read_script()))
    async with mosquitto.running_mosquitto(tmp_path, password=True) as broker:
        environment = {
            "UNDERTONE_PUBLISHER__BROKER": broker.url,
            "UNDERTONE_PUBLISHER__PROTOCOL": "5",
            "UNDERTONE_PUBLISHER__USERNAME": mosquitto.USER,
            "UNDERTONE_PUBLISHER__PASSWORD": mosquitto.PASSWORD,
        }
        async with subscribe(broker.url, credentials=broker.credentials, version=MqttVersion.V5) as messages:
            words = ("run", str(excerpt), "--fast", "--speakers", ",".join(speakers.values()))
            process = await start(*words, **environment)
            try:
                _, said = await process.communicate()
                assert process.returncode == 0, said
                received = await asyncio.wait_for(until_stopped(messages), 5.0)
            finally:
                await end(process)
    told = defaultdict(list)
    for message in received:
        if message.place.subject in {"transcript/final", "emotion", "cause"}:
            told[message.payload["utterance"]].append(message.place.subject)
    assert len(told) >= 3
    assert all(subjects == ["transcript/final", "emotion", "cause"] for subjects in told.values())
    numbers = [message.payload["seq"] for message in received if message.place.subject in EVENTS]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [message.place.subject for message in received if not message.payload].count("state") == 1
