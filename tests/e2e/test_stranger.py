"""What somebody makes of a conversation who knows the AsyncAPI document only, against what the node made of it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from edge.app import App
from edge.demo.script import read_spoken_script
from edge.publishers import mqtt
from edge.settings import AppSettings
from model.analysis import Status
from realtime.clock import SystemClock
from realtime.events import Event, Heard, Latency, Speaker, SpeakerIdentified, SpeakerKind, Transcript, Understood, Word
from realtime.parts import PartChoice
from realtime.protocols import SourceInfo
from tests.conversation_events import node_info
from tests.running_broker import running_broker
from tests.stranger import Contract, Conversation, Stranger

LINES = 12


class Spoken:
    """The first lines of the bundled conversation as a recogniser without faults would give them."""

    async def open(self) -> SourceInfo:
        return SourceInfo("the script", 0, words=True)

    async def close(self) -> None:
        return

    async def events(self) -> AsyncIterator[Event]:
        for number, spoken in enumerate(read_spoken_script()[:LINES]):
            yield SpeakerIdentified(f"s{number}", Speaker(spoken.line.speaker, SpeakerKind.CHANNEL, 1.0))
            yield self._transcript(f"s{number}", spoken)

    def _transcript(self, segment: str, spoken: Any) -> Transcript:
        texts = spoken.line.text.split()
        step_s = (spoken.end_s - spoken.start_s) / len(texts)
        starts = [spoken.start_s + step_s * place for place in range(len(texts))]
        return Transcript(
            segment=segment,
            channel=spoken.line.channel,
            start_s=spoken.start_s,
            end_s=spoken.end_s,
            text=spoken.line.text,
            words=tuple(
                Word(text, start_s, start_s + step_s, 0.9) for text, start_s in zip(texts, starts, strict=True)
            ),
            confidence=0.9,
            language="en",
            transcriber="script",
            truncated=False,
            ahead=True,
            latency=Latency(spoken_at=SystemClock().now_s()),
        )


class Beside:
    """Publishes, and keeps what it was given."""

    def __init__(self, publisher: mqtt.MqttPublisher) -> None:
        self.events: list[Event] = []
        self._publisher = publisher

    async def open(self) -> None:
        await self._publisher.open()

    async def publish(self, *events: Event) -> None:
        self.events += events
        await self._publisher.publish(*events)

    async def close(self) -> None:
        await self._publisher.close()


def analysed(events: list[Event]) -> list[tuple[Any, ...]]:
    """Each utterance: who said which words, and the last word on what they felt and why."""
    felt = {one.heard.utterance.id: one for one in events if _is_final(one)}
    return [
        (
            heard.utterance.id,
            heard.utterance.index,
            heard.speaker.id,
            heard.utterance.text,
            [word.text for word in heard.transcript.words],
            felt[heard.utterance.id].emotion.label,
            [round(float(value), 4) for value in felt[heard.utterance.id].emotion.probabilities],
            [
                (cause.utterance.id, round(float(link.probability), 4))
                for cause, link in zip(
                    felt[heard.utterance.id].causes, felt[heard.utterance.id].cause.links, strict=True
                )
            ],
        )
        for heard in events
        if isinstance(heard, Heard)
    ]


def _is_final(event: Event) -> bool:
    return isinstance(event, Understood) and event.emotion is not None and event.emotion.status is Status.FINAL


def rebuilt(conversation: Conversation) -> list[tuple[Any, ...]]:
    """The same, as it was told."""
    return [
        (
            one.id,
            one.index,
            one.speaker,
            one.text,
            one.words,
            one.emotion["label"],
            list(one.emotion["probabilities"].values()),
            [(link["cause"], link["probability"]) for link in one.cause["links"]],
        )
        for one in conversation.utterances.values()
    ]


async def test_a_stranger_rebuilds_the_conversation_exactly():
    async with running_broker() as broker:
        stranger, subscribed = Stranger(Contract()), asyncio.Event()
        listening = asyncio.create_task(stranger.listen(broker.address.host, broker.address.port, "home", subscribed))
        await asyncio.wait_for(subscribed.wait(), 10)
        publisher = Beside(mqtt.create(mqtt.Settings(url=broker.url), node_info(), patient=True))
        source = PartChoice(part="captions", path="-")
        app = App(AppSettings(source=source, modalities=("text",)).unstored(), publisher=publisher, source=Spoken())
        try:
            await app.open()
            await app.run()
            await asyncio.wait_for(listening, 30)
        finally:
            listening.cancel()
            await app.close()
    (conversation,) = stranger.conversations.values()
    assert conversation.missed == 0
    assert conversation.over == "end of source"
    assert len(conversation.utterances) == LINES
    assert rebuilt(conversation) == analysed(publisher.events)
    assert any(one.cause["links"] for one in conversation.utterances.values())
