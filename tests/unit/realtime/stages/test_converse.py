"""How transcripts become a conversation."""

from collections.abc import Sequence
from itertools import count

import numpy as np

from model.conversation import UNKNOWN_SPEAKER
from realtime.events import (
    AudioGap,
    ConversationEnded,
    ConversationStarted,
    Event,
    Failure,
    Heard,
    Latency,
    PartialText,
    Quiet,
    Speaker,
    SpeakerIdentified,
    SpeakerKind,
    SpeechDiscarded,
    SpeechEnded,
    Transcript,
)
from realtime.stages.converse import ConverseStage

ANNA = Speaker("anna", SpeakerKind.CHANNEL, 1.0)


class OneSpeaker:
    """A diarizer that knows one person and counts how often it was told to forget her."""

    def __init__(self) -> None:
        self.forgotten = 0

    def identify(self, channel: int, ended: SpeechEnded, samples: np.ndarray) -> Speaker:
        return ANNA

    def forget(self) -> None:
        self.forgotten += 1


def transcript(segment: str, start_s: float, end_s: float, text: str) -> Transcript:
    return Transcript(segment, 0, start_s, end_s, text, (), 0.9, "en", "test", False, True, Latency(0.0))


def stage(idle_end_s: float = 30.0) -> tuple[ConverseStage, OneSpeaker]:
    diarizer = OneSpeaker()
    ids = (f"c{number}" for number in count(1))
    return ConverseStage(idle_end_s, diarizer, lambda: "end of source", lambda: next(ids)), diarizer


async def feed(converse: ConverseStage, *events: Event) -> list[Event]:
    results: list[Event] = []
    for event in events:
        results += await converse.process(event)
    return results


def kinds(events: Sequence[Event]) -> list[type[Event]]:
    return [type(event) for event in events]


async def test_the_first_words_start_a_conversation_and_the_stream_s_end_ends_it():
    converse, diarizer = stage()
    results = await feed(
        converse,
        SpeakerIdentified("s1", ANNA),
        transcript("s1", 1.0, 2.0, "hello there"),
        transcript("s2", 3.0, 4.5, "good morning"),
    )
    assert kinds(results) == [ConversationStarted, Heard, Heard]
    first, second = (event for event in results if isinstance(event, Heard))
    assert (first.utterance.id, first.utterance.index, first.utterance.speaker) == ("u1", 0, "anna")
    assert (second.utterance.id, second.utterance.index, second.utterance.speaker) == ("u2", 1, UNKNOWN_SPEAKER)
    assert list(await converse.flush()) == [ConversationEnded("c1", 4.5, "end of source", 2, 0)]
    assert list(await converse.flush()) == []
    assert diarizer.forgotten == 1


async def test_noise_alone_makes_no_conversation():
    converse, _ = stage()
    results = await feed(converse, transcript("s1", 1.0, 1.3, ""), SpeechDiscarded("s2", 0), Quiet(100.0))
    assert results == []
    assert list(await converse.flush()) == []


async def test_silence_ends_a_conversation_and_the_next_words_start_another():
    converse, diarizer = stage(idle_end_s=10.0)
    results = await feed(
        converse,
        transcript("s1", 1.0, 2.0, "hello"),
        Quiet(11.9),
        Quiet(12.0),
        Quiet(13.0),
        transcript("s2", 20.0, 21.0, "again"),
    )
    assert kinds(results) == [ConversationStarted, Heard, ConversationEnded, ConversationStarted, Heard]
    ended = results[2]
    assert isinstance(ended, ConversationEnded)
    assert ended.reason == "silence for 10 s"
    assert isinstance(results[4], Heard)
    assert (results[4].conversation, results[4].utterance.id) == ("c2", "u1")
    assert diarizer.forgotten == 1


async def test_a_conversation_ends_while_the_microphone_is_away():
    converse, _ = stage(idle_end_s=10.0)
    short, long = (AudioGap(32_000, seconds * 16_000, "the microphone is away") for seconds in (9, 10))
    results = await feed(converse, transcript("s1", 1.0, 2.0, "hello"), short, long)
    assert kinds(results) == [ConversationStarted, Heard, AudioGap, AudioGap, ConversationEnded]


async def test_a_partial_text_belongs_to_the_conversation_it_may_have_started():
    converse, _ = stage(idle_end_s=10.0)
    results = await feed(converse, PartialText("s1", 0, 50.0, 50.5, "good"), SpeechDiscarded("s1", 0), Quiet(51.0))
    assert kinds(results) == [ConversationStarted, PartialText]
    assert isinstance(results[1], PartialText)
    assert results[1].conversation == "c1"


async def test_what_could_not_be_recognised_is_counted_as_lost():
    converse, _ = stage()
    failure = Failure("transcribe", "SkippableError", "the recogniser died", "s2")
    results = await feed(converse, transcript("s1", 0.0, 1.0, "hi"), failure, transcript("s3", 2.0, 3.0, ""))
    assert results[-1] == failure
    assert list(await converse.flush()) == [ConversationEnded("c1", 3.0, "end of source", 1, 2)]
