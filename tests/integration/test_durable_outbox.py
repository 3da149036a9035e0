"""What was said outlives the process that said it, the broker's absence and a full disk; at a real Mosquitto."""

import asyncio
import json
import os
import signal
import sys
import textwrap
import time
from contextlib import asynccontextmanager

import pytest

from edge.mqtt.backoff import Backoff
from edge.mqtt.event_line import AHEAD
from edge.mqtt.outbox import Outbox
from edge.mqtt.waiting import Room
from edge.publishers import mqtt
from edge.storage.note import Note
from edge.storage.store import Store
from edge.watch.subscriber import subscribe
from realtime.events import ConversationStarted
from tests.conversation_events import CONVERSATION, heard, node_info, understood
from tests.mosquitto import running_mosquitto

NOTE_BYTES = 440_000

SAY_AND_DIE = """
import asyncio, json, os, pathlib, signal, sys
from edge.mqtt.outbox import Outbox
from edge.publishers import mqtt
from edge.storage.store import Store
from realtime.events import ConversationStarted
from tests.conversation_events import CONVERSATION, heard, node_info, understood

async def main():
    store = Store(pathlib.Path(sys.argv[1]))
    await store.open()
    outbox = Outbox(store)
    await outbox.open()
    one = mqtt.create(mqtt.Settings(), node_info(), outbox=outbox)
    for event in (ConversationStarted(CONVERSATION, 0.0), heard(0), understood(heard(0))):
        messages = one._messages(event)
        await outbox.put(*messages)
        for message in messages:
            if message.is_event:
                print(json.loads(message.payload)["event_id"], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@asynccontextmanager
async def publishing(broker, path, **options):
    """A publisher whose events are kept at a path, and its outbox."""
    store = Store(path)
    await store.open()
    outbox = Outbox(store, options.pop("room", None), backoff=Backoff(lambda: 0.0))
    one = mqtt.create(mqtt.Settings(url=broker.url), node_info(), outbox=outbox)
    await one.open()
    try:
        yield one, outbox
    finally:
        await one.close()
        await store.close()


async def until(messages, done):
    """Messages up to the first that is `done`."""
    received = []
    async with asyncio.timeout(10):
        async for message in messages:
            received.append(message)
            if done(message):
                return received
    raise AssertionError("the subscription ended")


def event_ids(received):
    return [message.payload["event_id"] for message in received if "seq" in message.payload]


async def test_what_a_killed_process_had_said_is_sent_by_the_next_one_as_it_was(mosquitto_folder):
    path = mosquitto_folder / "state" / "home.desk.db"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(SAY_AND_DIE), str(path), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == -signal.SIGKILL
    async with running_mosquitto(mosquitto_folder) as broker, subscribe(broker.url, "home") as messages:
        async with publishing(broker, path) as (one, _):
            received = await until(messages, lambda message: message.place.subject == "cause")
        assert event_ids(received) == said.decode().split()
        assert [message.payload["seq"] for message in received if "seq" in message.payload] == [1, 2, 3, 4]
        assert one.boot_id not in {message.payload["boot_id"] for message in received if "seq" in message.payload}
    async with running_mosquitto(mosquitto_folder) as broker, publishing(broker, path) as (_, outbox):
        assert not len(outbox._waiting.line.held)
        assert not outbox._waiting.events


async def test_while_the_disk_is_full_events_go_on_and_the_node_says_that_they_are_at_risk(mosquitto_folder):
    async with (
        running_mosquitto(mosquitto_folder) as broker,
        subscribe(broker.url, "home") as messages,
        publishing(broker, mosquitto_folder / "home.desk.db") as (one, outbox),
    ):
        connection = outbox._store._database._connection
        await outbox._store._run(lambda: connection.execute("PRAGMA max_page_count = 16").fetchone())
        await outbox.put(note=Note(CONVERSATION, {"lane": bytes(NOTE_BYTES)}))
        await one.publish(ConversationStarted(CONVERSATION, 0.0), heard(0))
        received = await until(messages, lambda message: message.place.subject == "transcript/final")
        assert "degraded" in {message.payload.get("status") for message in received}
        health = [message.payload for message in received if message.place.subject == "health/publish"]
        assert [said["health"] for said in health] == ["online", "offline"]
        assert "in memory only" in health[-1]["reason"]
        assert "full" in health[-1]["reason"]
        await outbox._store._run(lambda: connection.execute("PRAGMA max_page_count = 100000").fetchone())
        received = await until(messages, lambda message: message.payload.get("status") == "online")
        health = [message.payload["health"] for message in received if message.place.subject == "health/publish"]
        assert health[-1:] == ["online"]
        assert (await outbox._store.interrupted()).parts["lane"] == bytes(NOTE_BYTES)


async def test_what_went_of_an_earlier_conversation_is_told_by_the_node(mosquitto_folder):
    path = mosquitto_folder / "home.desk.db"
    store = Store(path)
    await store.open()
    outbox = Outbox(store)
    await outbox.open()
    one = mqtt.create(mqtt.Settings(), node_info(), outbox=outbox)
    await outbox.put(*one._messages(ConversationStarted(CONVERSATION, 0.0)), *one._messages(heard(0)))
    await outbox.close()
    await store.close()
    async with (
        running_mosquitto(mosquitto_folder) as broker,
        subscribe(broker.url, "home") as messages,
        publishing(broker, path, room=Room(events=1, memory=1)),
    ):
        told = lambda message: message.place.subject == "health/publish" and message.payload["reason"]  # noqa: E731
        received = await until(messages, told)
    assert f"1 messages of conversation {CONVERSATION} dropped" in received[-1].payload["reason"]
    assert received[-1].payload["health"] == "online"


async def test_a_long_backlog_waits_on_disk_and_not_in_memory(tmp_path):
    store = Store(tmp_path / "home.desk.db")
    await store.open()
    outbox = Outbox(store)
    await outbox.open()
    one = mqtt.create(mqtt.Settings(), node_info(), outbox=outbox)
    await outbox.put(*one._messages(ConversationStarted(CONVERSATION, 0.0)))
    for index in range(700):
        await outbox.put(
            *(message for event in (heard(index), understood(heard(index))) for message in one._messages(event))
        )
    line = outbox._waiting.line
    assert outbox._waiting.events == 2101
    assert len(line._ahead) + len(line.held) == AHEAD
    assert len(outbox._waiting.passing) <= 2
    await outbox.close()
    await store.close()


@pytest.mark.parametrize("utterances", [60, pytest.param(400, marks=pytest.mark.slow)])
async def test_what_keeping_events_on_disk_adds_to_an_utterance(mosquitto_folder, utterances, capsys):
    """Prints how long `put` takes an utterance's messages, on disk and in memory; it asserts on no time."""
    async with running_mosquitto(mosquitto_folder, more=["set_tcp_nodelay true"]) as broker:
        in_memory = await _times(broker, None, utterances)
        on_disk = await _times(broker, mosquitto_folder / "state" / "home.desk.db", utterances)
    assert len(in_memory) == len(on_disk) == utterances
    figures = {
        f"{where} p{share}": round(sorted(times)[share * utterances // 100] * 1000, 2)
        for where, times in (("in memory", in_memory), ("on disk", on_disk))
        for share in (50, 95)
    }
    with capsys.disabled():
        print(f"\nputting an utterance's messages and its note, ms: {json.dumps(figures)}")  # noqa: T201


async def _times(broker, path, utterances):
    """Seconds that each utterance's `put` took; the note is only kept where there is a disk to keep it on."""
    times = []
    async with publishing(broker, path) as (one, outbox):
        await one.publish(ConversationStarted(CONVERSATION, 0.0))
        for index in range(utterances):
            events = (heard(index), understood(heard(index)))
            messages = [message for event in events for message in one._messages(event)]
            note = None if path is None else Note(CONVERSATION, {"lane": os.urandom(NOTE_BYTES)})
            began_at = time.perf_counter()
            await outbox.put(*messages, note=note)
            times.append(time.perf_counter() - began_at)
            await outbox.drained()
            await asyncio.sleep(0.01)
    return times
