"""Every command to a node that runs, at every kind of broker: what it answers, and what comes of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiomqtt

from edge.app import App
from edge.control.asking import ask, command_of
from edge.control.commands import Commands
from edge.control.listener import Listener
from edge.control.verb import at_once
from edge.mqtt.client import MqttVersion, new_client
from edge.mqtt.trust import Credentials
from edge.settings import AppSettings
from edge.wire.stamp import Stamp
from edge.wire.topics import Topics
from tests.live_words import LiveWords
from tests.running_broker import RunningBroker, running_broker

TOPICS = Topics("home", "desk")


class Room:
    """A node that runs, somebody who subscribes to everything, and somebody who asks."""

    def __init__(self, broker: RunningBroker) -> None:
        self.words = LiveWords()
        self.heard: list[tuple[str, bool, dict[str, Any]]] = []
        self._broker = broker
        self._changed = asyncio.Condition()

    async def ask(self, verb: str, *words: str) -> dict[str, Any]:
        command = command_of(verb, words, "nurse", 10.0)
        return await ask(self._broker.address, Credentials(), self._broker.version, TOPICS, command, 10.0)

    def payloads(self, subject: str) -> list[dict[str, Any]]:
        return [payload for topic, _, payload in self.heard if topic.endswith(f"/{subject}")]

    def turns(self) -> list[tuple[str, str]]:
        return [(turn["event"], turn["reason"]) for turn in self.payloads("lifecycle")]

    async def until(self, there: Callable[[], bool]) -> None:
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(there)

    async def says(self, speaker: str, text: str) -> dict[str, Any]:
        """Somebody says something; the emotion that is published of it."""
        before = len(self.payloads("cause"))
        self.words.say(speaker, text)
        await self.until(lambda: len(self.payloads("cause")) > before)
        return self.payloads("emotion")[-1]

    async def listen(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            async with self._changed:
                payload = json.loads(message.payload) if message.payload else {}
                self.heard.append((message.topic.value, message.retain, payload))
                self._changed.notify_all()


@asynccontextmanager
async def running(broker: RunningBroker, **changes: Any) -> AsyncIterator[Room]:
    room = Room(broker)
    publisher = {"broker": broker.url, "protocol": str(broker.version)}
    settings = AppSettings.model_validate(
        {"node": "desk", "source": {"part": "captions", "path": "-"}, "publisher": publisher} | changes
    )
    app = App(settings, source=room.words)
    async with new_client(broker.address, Credentials(), broker.version, "witness", 15) as witness:
        await witness.subscribe("undertone/#", qos=1)
        listening = asyncio.create_task(room.listen(witness))
        await app.open()
        work = asyncio.create_task(app.run())
        try:
            assert app._node is not None
            listener, _ = app._node.beside
            await asyncio.wait_for(listener.listening.wait(), 10)
            yield room
            room.words.end()
            await asyncio.wait_for(work, 20)
        finally:
            work.cancel()
            await asyncio.wait({work})
            await app.close()
            listening.cancel()
            await asyncio.wait({listening})


async def test_every_command_on_a_node_that_runs(broker):
    async with running(broker) as room:
        await heard_again_and_not(room)
        await called_otherwise(room)
        await forgotten(room)
        await switched(room)
    counted: dict[str, list[int]] = {}
    for _, _, payload in room.heard:
        if "seq" in payload:
            counted.setdefault(payload["conversation_id"], []).append(payload["seq"])
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in counted.values())


async def heard_again_and_not(room: Room) -> None:
    """pause, resume, stop, start, mute."""
    await room.says("s1", "we got the house")
    assert (await room.ask("pause", "reason=lunch"))["message"] == "paused; it goes on after resume"
    room.words.say("s1", "nobody hears this")
    assert (await room.ask("resume"))["message"] == "listening"
    await room.until(lambda: room.turns()[-1] == ("resumed", "listening again"))
    await room.says("s1", "that is wonderful")
    assert room.turns() == [("started", "speech"), ("paused", "lunch"), ("resumed", "listening again")]

    assert (await room.ask("stop"))["ok"]
    await room.until(lambda: room.turns()[-1] == ("ended", "stopped by client nurse"))
    room.words.say("s1", "nor this")
    await room.until(lambda: room.payloads("health/microphone")[-1]["health"] == "disabled")
    assert (await room.ask("start"))["message"] == "listening"
    await room.until(lambda: room.payloads("health/microphone")[-1]["health"] == "online")
    await room.says("s1", "here we are again")
    assert room.turns()[-1] == ("started", "speech")
    assert len({turn["conversation_id"] for turn in room.payloads("lifecycle")}) == 2
    assert [final["text"] for final in room.payloads("transcript/final")] == [
        "we got the house",
        "that is wonderful",
        "here we are again",
    ]
    assert (await room.ask("mute", "muted=false"))["message"] == "listening"


async def called_otherwise(room: Room) -> None:
    """relabel."""
    assert (await room.ask("relabel", "speaker=s7", "name=Ann"))["code"] == "impossible"
    assert (await room.ask("relabel", "speaker=s1", "name=Ann"))["ok"]
    await room.until(lambda: room.turns()[-1][0] == "relabelled")
    assert room.payloads("lifecycle")[-1]["speakers"] == {"kept": "Ann", "gone": "s1"}
    emotion = await room.says("s1", "and now i have a name")
    assert emotion["speaker"]["id"] == "Ann"
    await room.until(lambda: set(room.payloads("state")[-1].get("speakers", {})) == {"Ann"})


async def forgotten(room: Room) -> None:
    """forget."""
    conversation = room.payloads("lifecycle")[-1]["conversation_id"]
    before = room.heard.copy()
    nothing = await room.ask("forget", "conversation=another")
    assert (nothing["ok"], nothing["counts"], nothing["message"]) == (True, {}, "nothing was known of that")
    reply = await room.ask("forget", "speaker=Ann")
    assert reply["counts"]["utterances"] == 2
    assert reply["counts"]["states"] == 1
    await room.until(lambda: room.payloads("state")[-1]["speakers"] == {})
    emotion = await room.says("s1", "do i know you")
    assert (emotion["speaker"]["id"], emotion["conversation_id"]) == ("s1", conversation)
    assert room.payloads("cause")[-1]["window"]["first"] == emotion["utterance"]
    assert [message for message in room.heard if message in before] == before  # what was said stays as it was said


async def switched(room: Room) -> None:
    """set."""
    assert (await room.ask("set", "camera=true"))["code"] == "impossible"
    assert (await room.ask("set", "modalities=text,audio"))[
        "message"
    ] == "audio cannot be read here: captions have no sound"
    assert (await room.ask("set", "link_threshold=0.999", "opt_out=Ben"))["ok"]
    await room.until(lambda: room.payloads("info")[-1]["switches"]["link_threshold"] == 0.999)
    assert room.payloads("info")[-1]["switches"] == {
        "camera": None,
        "modalities": ["text"],
        "link_threshold": 0.999,
        "partials": False,
        "opted_out": 1,
    }
    room.words.say("Ben", "what i say is not read")
    await room.says("s1", "i am so happy for you")
    assert room.payloads("cause")[-1]["links"] == []
    assert not any(payload["speaker"]["id"] == "Ben" for payload in room.payloads("emotion"))


async def test_switches_are_as_they_were_at_the_next_start(tmp_path, caplog):
    async with running_broker() as broker:
        kept = RunningBroker(broker.address, MqttVersion.V3_1_1)
        storage = {"folder": str(tmp_path)}
        async with running(kept, storage=storage) as room:
            await room.ask("set", "link_threshold=0.9", "partials=true")
        async with running(kept, storage=storage) as room:
            await room.until(lambda: bool(room.payloads("info")))
            assert room.payloads("info")[-1]["switches"]["link_threshold"] == 0.9
        assert "switched otherwise than the settings say, by a command: link_threshold, partials" in caplog.text


@asynccontextmanager
async def obeying(broker: RunningBroker) -> AsyncIterator[asyncio.Queue[str]]:
    """A node that knows one command, and the ids of those it was asked for."""
    done: asyncio.Queue[str] = asyncio.Queue()
    verb = at_once("pause", lambda command: done.put_nowait(command.request_id) or "done")
    listener = Listener(
        lambda: new_client(broker.address, Credentials(), broker.version, "desk-control", 5),
        Commands(TOPICS, Stamp("desk"), {"pause": verb}),
        TOPICS.commands,
        {},
    )
    listening = asyncio.create_task(listener.run())
    try:
        await asyncio.wait_for(listener.listening.wait(), 10)
        yield done
    finally:
        listening.cancel()
        await asyncio.wait({listening})


async def say(broker: RunningBroker, *payloads: bytes, verb: str = "pause", retain: bool = False) -> None:
    async with new_client(broker.address, Credentials(), broker.version, "nurse", 5) as nurse:
        for payload in payloads:
            await nurse.publish(TOPICS.command(verb), payload, qos=1, retain=retain)


def pause(number: int) -> bytes:
    return json.dumps({"client": "nurse", "request_id": f"r{number}"}).encode()


async def test_no_command_is_carried_out_that_came_while_the_node_was_away(broker):
    for number in (1, 4):
        async with obeying(broker) as done:
            await say(broker, pause(number))
            assert await asyncio.wait_for(done.get(), 10) == f"r{number}"
            assert done.empty()
        await say(broker, pause(number + 1))
        await say(broker, pause(number + 2), retain=True)


async def test_a_command_that_is_delivered_twice_is_answered_twice_and_obeyed_once(broker):
    async with (
        obeying(broker) as done,
        new_client(broker.address, Credentials(), broker.version, "ear", 5) as ear,
    ):
        await ear.subscribe("undertone/v1/home/reply/nurse/#", qos=1)
        await say(broker, pause(1), pause(1))
        async with asyncio.timeout(10):
            first, second = [(await anext(ear.messages)).payload for _ in range(2)]
        assert (first, done.qsize()) == (second, 1)


async def test_what_is_no_command_harms_nobody(broker):
    async with obeying(broker) as done:
        await say(broker, b"\xff" * 100, b"[" * 3_900, b'{"a":' * 700, b"x" * 60_000, b"", b"[]", b"1e999")
        await say(broker, pause(1))
        assert await asyncio.wait_for(done.get(), 10) == "r1"
