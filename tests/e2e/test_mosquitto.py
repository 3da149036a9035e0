"""The main job with a broker as people run it elsewhere: the shipped Mosquitto, TLS, a certificate, and MQTT 5."""

import asyncio
import json
import os
import re
from collections import defaultdict
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest

from edge.demo.script import read_script
from edge.mqtt.client import MqttVersion
from edge.watch.subscriber import subscribe
from edge.wire.topics import PREFIX
from realtime.events import SAMPLE_RATE_HZ
from tests import mosquitto
from tests.broker_roles import BLIND, NODE, VIEWER, running_roles
from tests.running_node import ROOT, UNDERTONE, end
from tests.sounds import write
from tests.speech import conversation

EXCERPT_S = 16
EVENTS = {"lifecycle", "transcript/final", "emotion", "cause", "alert", "error"}
PASSWORD, KEY_PASSWORD = "Vq7-hunter2-publisher", "Vq7-hunter2-key"
SECRETS = (PASSWORD, KEY_PASSWORD)
EVERYTHING = (
    "#",
    "$SYS/#",
    f"{PREFIX}/#",
    f"{PREFIX}/+/conv/+/#",
    f"{PREFIX}/+/conv/+/transcript/#",
    f"{PREFIX}/home/conv/+/transcript/final",
    f"{PREFIX}/home/conv/+/transcript/partial",
    f"{PREFIX}/home/conv/+/+/+",
)
LONG_WORD = 6  # letters; shorter ones may well be part of something else


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


async def overhear(broker, listening):
    """Every topic and payload that a viewer without words gets, up to the node's farewell."""
    received = []
    async with broker.client(BLIND) as client:
        await client.subscribe([(pattern, 1) for pattern in EVERYTHING])
        listening.set()
        async for message in client.messages:
            received.append((message.topic.value, message.payload.decode()))
            if message.topic.value.endswith("/status") and b'"stopped"' in message.payload:
                return received
    raise AssertionError("the connection ended")


def process_arguments(pid: int) -> str:
    """What `ps` shows of a process and of those it started."""
    found = [Path(f"/proc/{pid}/cmdline").read_bytes().decode()]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [process_arguments(int(child)) for child in children.read_text(encoding="ascii").split()]
    return "\n".join(found)


async def arguments_while(process) -> str:
    """The same, looked at again and again until the process has ended."""
    seen = set()
    while process.returncode is None:
        with suppress(FileNotFoundError, ProcessLookupError):  # of a child that just ended
            seen.add(process_arguments(process.pid))
        await asyncio.sleep(0.2)
    return "\n".join(seen)


def told_words(received) -> set[str]:
    """What nobody who may not know the words should come across: sentences, pairs of words, and long words."""
    texts = [message.payload["text"].lower() for message in received if "text" in message.payload]
    spoken = [text.split() for text in texts]
    pairs = {" ".join(pair) for words in spoken for pair in pairwise(words)}
    return pairs | {word for words in spoken for word in words if len(word) >= LONG_WORD}


@pytest.mark.skipif(bool(mosquitto.missing()), reason=mosquitto.missing())
async def test_a_conversation_reaches_mosquitto_whole_its_words_only_viewers_and_its_secrets_nobody(excerpt, tmp_path):
    speakers = dict(sorted((line.channel, line.speaker) for line in read_script()))
    (folder := tmp_path / "broker").mkdir()
    state = tmp_path / "state"
    async with running_roles(folder) as broker:
        pair = broker.authority.client(NODE, password=KEY_PASSWORD)
        environment = {
            "UNDERTONE_NODE": NODE,
            "UNDERTONE_PUBLISHER__BROKER": str(broker.by_certificate),
            "UNDERTONE_PUBLISHER__PROTOCOL": "5",
            "UNDERTONE_PUBLISHER__CA_FILE": str(broker.authority.certificate),
            "UNDERTONE_PUBLISHER__CLIENT_CERTIFICATE": str(pair.certificate),
            "UNDERTONE_PUBLISHER__CLIENT_KEY": str(pair.key),
            "UNDERTONE_PUBLISHER__CLIENT_KEY_PASSWORD": KEY_PASSWORD,
            "UNDERTONE_PUBLISHER__USERNAME": NODE,
            "UNDERTONE_PUBLISHER__PASSWORD": PASSWORD,
            "XDG_STATE_HOME": str(state),
        }
        viewing = subscribe(str(broker.by_password), credentials=broker.credentials[VIEWER], version=MqttVersion.V5)
        listening = asyncio.Event()
        async with viewing as messages, asyncio.TaskGroup() as group:
            overhearing = group.create_task(overhear(broker, listening))
            await listening.wait()
            process = await asyncio.create_subprocess_exec(
                *(*UNDERTONE, "run", str(excerpt), "--fast", "--verbose", "--speakers", ",".join(speakers.values())),
                cwd=ROOT,
                env=os.environ | environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            try:
                looking = group.create_task(arguments_while(process))
                said = await process.communicate()
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

    overheard = "\n".join(f"{topic} {payload}" for topic, payload in overhearing.result())
    assert overheard.count("/emotion ") == len(told)
    assert "/transcript/" not in overheard
    assert (words := told_words(received))
    assert not [word for word in words if re.search(rf"\b{re.escape(word)}\b", overheard.lower())]

    shown = [text.decode() for text in said]
    published = json.dumps([(message.topic, message.payload) for message in received])
    kept = b"".join(file.read_bytes() for file in state.rglob("*") if file.is_file()).decode(errors="replace")
    for where in (*shown, published, overheard, kept, looking.result()):
        assert not [secret for secret in SECRETS if secret in where]
    assert "run" in looking.result()
