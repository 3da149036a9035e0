"""How transcripts become a conversation."""

from collections.abc import Sequence
from dataclasses import replace
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
    Identified,
    Latency,
    PartialText,
    Quiet,
    Speaker,
    SpeakerIdentified,
    SpeakerKind,
    SpeakersMerged,
    SpeakerTurn,
    SpeechDiscarded,
    Transcript,
    VoiceHeard,
    Word,
)
from realtime.orders import EndConversation, Forget
from realtime.recovery import ConversationResumed
from realtime.stages.converse import ConverseStage

ANNA = Speaker("anna", SpeakerKind.CHANNEL, 1.0)
FIRST, SECOND = (Speaker(name, SpeakerKind.DIARIZED, 0.9) for name in ("s1", "s2"))


class Meetings:
    """A diarizer that knows what it is told about each segment, and counts the conversations it was asked about."""

    def __init__(self) -> None:
        self.conversations = 0
        self.told: dict[str, Identified] = {}
        self.resumed = b""
        self.forgotten: list[frozenset[str] | None] = []

    async def open(self) -> None:
        """Nothing to load."""

    async def process(self, event: Event) -> Sequence[Event]:
        return (event,)

    def people(self) -> "Meetings":
        self.conversations += 1
        return self

    def identify(self, heard: VoiceHeard) -> Identified:
        return self.told[heard.segment]

    def forget(self, speakers: frozenset[str] | None) -> int:
        self.forgotten.append(speakers)
        return 1

    def save(self) -> bytes:
        return b"everybody"

    def resume(self, saved: bytes) -> None:
        self.resumed = saved


VOICE = VoiceHeard("a", 0, 51.0, 53.0, np.zeros(0), np.zeros((0, 0), np.float32))


def transcript(segment: str, start_s: float, end_s: float, text: str) -> Transcript:
    return Transcript(segment, 0, start_s, end_s, text, (), 0.9, "en", "test", False, True, Latency(0.0))


def stage(idle_end_s: float = 30.0) -> tuple[ConverseStage, Meetings]:
    diarizer = Meetings()
    ids = (f"c{number}" for number in count(1))
    return ConverseStage(idle_end_s, diarizer, lambda: "end of source", lambda: next(ids)), diarizer


async def feed(converse: ConverseStage, *events: Event) -> list[Event]:
    results: list[Event] = []
    for event in events:
        results += await converse.process(event)
    return results


def kinds(events: Sequence[Event]) -> list[type[Event]]:
    """What was said, beside that time goes on."""
    return [type(event) for event in events if not isinstance(event, Quiet)]


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
    assert diarizer.conversations == 1


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
    (ended,) = (event for event in results if isinstance(event, ConversationEnded))
    assert ended.reason == "silence for 10 s"
    assert isinstance(results[-1], Heard)
    assert (results[-1].conversation, results[-1].utterance.id) == ("c2", "u1")
    assert [event.until_s for event in results if isinstance(event, Quiet)] == [11.9, 12.0], "while one is running"
    assert diarizer.conversations == 2


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


async def test_who_spoke_what_was_left_out_is_forgotten():
    converse, _ = stage()
    said = await feed(
        converse, SpeakerIdentified("a", ANNA), SpeechDiscarded("a", 0), transcript("a", 1.0, 2.0, "somebody else")
    )
    assert [event.speaker.id for event in said if isinstance(event, Heard)] == [UNKNOWN_SPEAKER]


def voice(segment: str, start_s: float, end_s: float, *, overlap: bool = False) -> VoiceHeard:
    return VoiceHeard(segment, 0, start_s, end_s, np.zeros(0), np.zeros((0, 0), np.float32), overlap)


async def test_a_segment_of_two_people_becomes_two_utterances_and_later_merges_are_said_first():
    converse, diarizer = stage()
    diarizer.told["s1"] = Identified((SpeakerTurn(FIRST, 0.0, 2.0), SpeakerTurn(SECOND, 2.0, 4.0)))
    diarizer.told["s2"] = Identified((SpeakerTurn(FIRST, 5.0, 6.0),), (("s1", "s2"),))
    words = tuple(Word(text, at, at + 0.4, 0.5) for text, at in (("how", 0.5), ("so", 1.0), ("why", 2.5), ("not", 3.0)))
    said = replace(transcript("s1", 0.2, 3.6, "how so why not"), words=words)
    results = await feed(
        converse,
        voice("s1", 0.0, 4.0, overlap=True),
        said,
        voice("s2", 5.0, 6.0),
        transcript("s2", 5.0, 6.0, "well"),
    )
    assert kinds(results) == [ConversationStarted, Heard, Heard, SpeakersMerged, Heard]
    question, answer, merged, last = results[1:]
    assert isinstance(question, Heard)
    assert isinstance(answer, Heard)
    assert (question.utterance.speaker, question.utterance.text) == ("s1", "how so")
    assert (answer.utterance.speaker, answer.utterance.text) == ("s2", "why not")
    assert (question.utterance.start_s, question.utterance.end_s) == (0.2, 1.4)
    assert (answer.utterance.start_s, answer.utterance.end_s) == (2.5, 3.6)
    assert (question.utterance.index, answer.utterance.index) == (0, 1)
    assert question.transcript.segment != answer.transcript.segment
    assert question.overlap
    assert merged == SpeakersMerged("c1", "s1", "s2")
    assert isinstance(last, Heard)
    assert not last.overlap
    assert converse.tally.transcripts == 2


async def test_nobody_is_known_by_sound_without_a_word():
    converse, diarizer = stage()
    assert await feed(converse, voice("s1", 0.0, 1.0), transcript("s1", 0.0, 1.0, "")) == []
    assert diarizer.conversations == 0


def cut_off(over: str = "") -> ConversationResumed:
    return ConversationResumed("before", 50.0, 10.0, 7, (), b"", people=b"everybody", over=over)


async def test_a_conversation_that_was_cut_off_goes_on_with_its_ids_and_people():
    converse, diarizer = stage()
    diarizer.told["a"] = Identified((SpeakerTurn(FIRST, 51.0, 53.0),))
    resumed, heard = await feed(converse, cut_off(), VOICE, transcript("a", 51.0, 53.0, "back again"))
    assert resumed == cut_off()
    assert isinstance(heard, Heard)
    assert (heard.conversation, heard.utterance.id, heard.utterance.index) == ("before", "u8", 7)
    assert (diarizer.resumed, converse.known_people()) == (b"everybody", b"everybody")


async def test_silence_before_the_crash_and_after_it_are_one_silence():
    converse, _ = stage(idle_end_s=30.0)
    assert kinds(await feed(converse, cut_off(), Quiet(69.0))) == [ConversationResumed]
    assert kinds(await feed(converse, Quiet(70.0))) == [ConversationEnded]


async def test_a_conversation_that_cannot_go_on_ends_at_once():
    converse, _ = stage()
    _, ended = await feed(converse, cut_off("away too long"))
    assert ended == ConversationEnded("before", 50.0, "away too long", 7, 0)


async def test_a_conversation_ends_on_order_and_the_next_words_begin_another():
    converse, _ = stage()
    order = EndConversation("stopped by client kiosk")
    said = transcript("s1", 1.0, 2.0, "hello"), order, order, transcript("s2", 3.0, 4.0, "again")
    results = await feed(converse, *said)
    assert kinds(results) == [
        ConversationStarted,
        Heard,
        ConversationEnded,
        EndConversation,
        EndConversation,
        ConversationStarted,
        Heard,
    ]
    assert results[2] == ConversationEnded("c1", 2.0, "stopped by client kiosk", 1, 0)


async def test_voices_are_forgotten_on_order():
    converse, diarizer = stage()
    orders = [Forget("c1", None), Forget(None, frozenset({"s1"})), Forget("another", None)]
    await feed(converse, orders[0], transcript("s1", 1.0, 2.0, "hello"), *orders)
    assert diarizer.forgotten == [None, {"s1"}]
    assert [order.removed["voices"] for order in orders] == [1, 1, 0]
