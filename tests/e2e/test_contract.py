"""A whole run, recorded by somebody who listens to everything and knows the AsyncAPI document only."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import aiomqtt
import numpy as np
import pytest

from edge.app import App
from edge.demo.script import read_script
from edge.settings import AppSettings
from realtime.clock import SystemClock
from realtime.events import SAMPLE_RATE_HZ, AudioGap, Event, Failure, Health, PartHealth
from realtime.parts import PartChoice
from realtime.protocols import SourceInfo
from tests import mosquitto
from tests.recording import Checked, Recorded, kept, recorded, recording
from tests.speech import conversation, frames
from tests.stranger import Contract

NOT_IN_A_RUN = {"homeAssistant": "a node introduces itself to Home Assistant only where that is asked for"}
ALERT = {"name": "anything", "emotions": ["neutral", "joy", "surprise", "sadness", "anger"], "probability": 0.1}
FIRST_S, SECOND_S = 11, 17  # of the bundled conversation, whose lines lie between these moments


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract()


class Played:
    """The beginning of the bundled conversation as fast as it is taken, with mishaps; it waits where the test asks.

    Args:
        between: Awaited after the first part; sound goes on meanwhile, without a voice in it.
    """

    def __init__(self, between: Callable[[], Any]) -> None:
        self._between = between
        self._clock = SystemClock()
        self._position = 0

    async def open(self) -> SourceInfo:
        names = dict(sorted((line.channel, line.speaker) for line in read_script()))
        return SourceInfo("played", len(names), tuple(names.values()))

    async def close(self) -> None:
        return

    async def events(self) -> AsyncIterator[Event]:
        sound = conversation()
        yield PartHealth("microphone", Health.OFFLINE, "unplugged")
        yield PartHealth("microphone", Health.ONLINE, "")
        for event in self._frames(sound[:, : FIRST_S * SAMPLE_RATE_HZ]):
            yield event
        yield AudioGap(self._position, SAMPLE_RATE_HZ // 2, "the driver was late")
        self._position += SAMPLE_RATE_HZ // 2
        yield Failure("transcribe", "recogniser_lost", "the recogniser's process ended", "s0")
        asking = asyncio.create_task(self._between())
        while not asking.done():
            for event in self._frames(silence(0.25)):
                yield event
            await asyncio.sleep(0.02)
        await asking
        for event in self._frames(sound[:, FIRST_S * SAMPLE_RATE_HZ : SECOND_S * SAMPLE_RATE_HZ]):
            yield event
        for event in self._frames(silence(1.0)):
            yield event

    def _frames(self, sound: np.ndarray) -> list[Event]:
        cut = frames(sound, start=self._position)
        self._position += sound.shape[1]
        return [replace(frame, arrived_at=self._clock.now_s()) for frame in cut]


def silence(length_s: float) -> np.ndarray:
    return np.zeros((len(conversation()), round(length_s * SAMPLE_RATE_HZ)), np.float32)


class Asker:
    """Somebody who asks a node for things, by the document.

    Args:
        contract: The document.
        client: Their connection.
        messages: The recording, in which the answers stand.
    """

    def __init__(self, contract: Contract, client: aiomqtt.Client, messages: list[Recorded]) -> None:
        self._contract = contract
        self._client = client
        self._messages = messages
        self._asked = 0

    async def ask(self, verb: str, **fields: Any) -> dict[str, Any]:
        """The answer."""
        self._asked += 1
        question = str(self._asked)
        topic = self._contract.address(f"{verb}Command", site="home", node="desk")
        qos = self._contract.bindings(f"{verb}Command")["qos"]
        await self._client.publish(topic, json.dumps({"client": "asker", "request_id": question, **fields}), qos)
        there = self._contract.address("reply", site="home", client="asker", request_id=question)
        return json.loads((await recorded(self._messages, lambda message: message.topic == there)).payload)


def settings(url: str) -> AppSettings:
    return AppSettings(
        node="desk",
        transcriber=PartChoice(part="pocketsphinx"),
        modalities=("text",),
        publisher={"broker": url, "partials": True, "protocol": "5"},
        conversation={"idle_end_s": 3_600},
        monitoring={"stats_every_s": 1.0},
        alerts=(ALERT,),
    ).unstored()


def channel_of(contract: Contract, channel: str, **fields: Any) -> Callable[[Recorded], bool]:
    def matches(message: Recorded) -> bool:
        found = [match.channel for match in contract.matches(message.topic)]
        return found == [channel] and fields.items() <= json.loads(message.payload or b"{}").items()

    return matches


@pytest.mark.timeout(180)
@pytest.mark.skipif(bool(mosquitto.missing()), reason=mosquitto.missing())
async def test_all_that_is_said_in_a_run_stands_in_the_document_and_all_that_stands_there_is_said(contract, tmp_path):
    async with mosquitto.running_mosquitto(tmp_path) as broker:
        place = (broker.address.host, broker.address.port)
        async with recording(*place) as messages, aiomqtt.Client(*place) as client:
            asker = Asker(contract, client, messages)

            async def between() -> None:
                await recorded(messages, channel_of(contract, "cause"))
                await recorded(messages, channel_of(contract, "stats"))
                spoken = await recorded(messages, channel_of(contract, "finalTranscript"))
                speaker = json.loads(spoken.payload)["speaker"]["id"]
                muted = await asker.ask("mute", muted=True, reason="a private word")
                await recorded(messages, channel_of(contract, "lifecycle", event="paused"))
                heard_again = await asker.ask("mute", muted=False)
                await recorded(messages, channel_of(contract, "lifecycle", event="resumed"))
                answers = [
                    muted,
                    heard_again,
                    await asker.ask("pause"),
                    await asker.ask("resume"),
                    await asker.ask("relabel", speaker=speaker, name="Tom"),
                    await asker.ask("set", link_threshold=0.4),
                    await asker.ask("forget", conversation=str(uuid.uuid4())),
                    await asker.ask("stop", reason="enough"),
                    await asker.ask("start"),
                ]
                assert [answer["ok"] for answer in answers] == [True] * len(answers), answers
                assert not (await asker.ask("relabel", speaker="nobody", name="Tom"))["ok"]

            app = App(settings(broker.url), source=Played(between))
            try:
                await app.open()
                await app.run()
            finally:
                await app.close()
            await recorded(messages, channel_of(contract, "status", status="stopped"))
    checked = Checked(contract, messages)
    checked.check_order()
    assert {said["event"] for said in checked.of("lifecycle")} >= {"started", "paused", "resumed", "gap", "ended"}
    assert {said["voice"] for said in checked.of("activity")} == {"started", "stopped"}
    assert {said["state"] for said in checked.of("alert")} >= {"raised"}
    assert set(contract.document["channels"]) - checked.channels == set(NOT_IN_A_RUN)
    left = {match.channel for topic in kept(messages) for match in contract.matches(topic)}
    assert left == {"status", "info", "health"}
