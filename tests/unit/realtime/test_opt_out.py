"""Whoever has opted out is neither read nor published; everybody else is, as if they had said nothing."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
import torch

from model.analysis import CauseLink
from model.conversation import UNKNOWN_SPEAKER, Conversation
from model.decision import Decision
from model.evidence import Evidence
from model.graph import GraphRules
from model.modality import Modality
from model.networks.mtml import MTML
from model.networks.mtml import Settings as NetworkSettings
from model.networks.predict import predict
from realtime.activity import Speaking
from realtime.clock import SystemClock
from realtime.diarizers.channel import ChannelDiarizer
from realtime.events import (
    ConversationEnded,
    Event,
    Heard,
    Identified,
    Latency,
    PartialText,
    Speaker,
    SpeakerIdentified,
    SpeakerKind,
    SpeakersMerged,
    SpeakerTurn,
    Transcript,
    Understood,
    VoiceHeard,
    Word,
)
from realtime.faces.timeline import FaceTimeline
from realtime.incremental.engine import IncrementalEngine
from realtime.incremental.scheduler import Scheduler
from realtime.model_thread import ModelThread
from realtime.opt_out import OptOut
from realtime.stages.analyse import AnalyseStage
from realtime.stages.converse import ConverseStage
from realtime.stages.encode import EncodeStage, shared_encoding
from realtime.stages.sense import SenseStage
from realtime.stages.sight import SightStage
from realtime.voices.splitting import by_speaker
from tests.fakes import ManualClock
from tests.tiny_minilm import tiny_minilm

FIRST, SECOND = (Speaker(name, SpeakerKind.DIARIZED, 0.9) for name in ("s1", "Zoe"))


@pytest.mark.parametrize("name", ["anna", "Anna", " ANNA ", "\uff41nna"])
def test_names_are_compared_whatever_their_case_and_spacing(name):
    assert name in OptOut(["Anna"])
    assert name not in OptOut(["Ben"])
    assert name not in OptOut()


def test_who_opts_out_by_one_id_does_by_all_of_theirs_until_the_conversation_ends():
    out = OptOut(["Zoe"])
    out.identify("s1", "s2")
    out.identify("s2", "Zoe")
    assert all(name in out for name in ("s1", "s2", "Zoe"))
    out.end_conversation()
    assert "s1" not in out
    assert "Zoe" in out


def test_who_comes_back_is_heard_again():
    out = OptOut(["Zoe"])
    out.replace(["Ben"])
    assert ("Zoe" in out, "Ben" in out, out.names) == (False, True, ("Ben",))


def test_where_only_the_voice_tells_anybody_may_be_speaking():
    assert OptOut(["Zoe"]).may_speak(None)
    assert not OptOut(["Zoe"]).may_speak("Ben")
    assert not OptOut().may_speak(None)


class Voices:
    """A diarizer that knows people by voice, and is told who spoke each segment."""

    def __init__(self, told: dict[str, Identified]) -> None:
        self._told = told

    def people(self) -> "Voices":
        return self

    def on_channel(self, channel: int) -> None:
        """The voice tells."""

    def identify(self, heard: VoiceHeard) -> Identified:
        return self._told[heard.segment]


def transcript(segment: str, text: str, channel: int = 0, words: tuple[Word, ...] = ()) -> Transcript:
    number = int(segment[1:])
    return Transcript(segment, channel, number, number + 0.9, text, words, 0.9, "en", "t", False, True, Latency(0.0))


def voice(segment: str, channel: int = 0) -> VoiceHeard:
    number = int(segment[1:])
    return VoiceHeard(segment, channel, number, number + 0.9, np.zeros(0), np.zeros((0, 0), np.float32))


def converse(diarizer: object, *names: str) -> tuple[ConverseStage, OptOut]:
    out, ids = OptOut(names), (f"c{number}" for number in count(1))
    return ConverseStage(30.0, diarizer, lambda: "over", lambda: next(ids), opted_out=out), out


async def feed(stage: object, events: Sequence[Event]) -> list[Event]:
    return [result for event in events for result in await stage.process(event)]


def heard(events: Sequence[Event]) -> list[Heard]:
    return [event for event in events if isinstance(event, Heard)]


async def test_what_they_say_is_a_gap_without_words_of_nobody_that_is_counted():
    stage, _ = converse(ChannelDiarizer(("anna", "ben")), "anna")
    spoken = [voice("s1"), transcript("s1", "a secret"), voice("s2", 1), transcript("s2", "good news", 1)]
    gap, said = heard(await feed(stage, spoken))
    assert (gap.withheld, said.withheld) == (True, False)
    assert (gap.utterance.index, said.utterance.index, said.utterance.id) == (0, 1, "u2")
    assert gap.speaker.id == gap.utterance.speaker == UNKNOWN_SPEAKER
    assert (gap.transcript.text, gap.transcript.words, gap.utterance.text) == ("", (), "")
    assert "secret" not in repr(gap)
    assert "anna" not in repr(gap)


async def test_whom_captions_name_can_opt_out_too():
    stage, _ = converse(ChannelDiarizer(()), "Anna")
    named = SpeakerIdentified("s1", Speaker("Anna", SpeakerKind.CHANNEL, 1.0))
    assert [gap.withheld for gap in heard(await feed(stage, [named, transcript("s1", "a secret")]))] == [True]


async def test_opting_out_and_coming_back_are_heeded_from_the_next_utterance_on():
    stage, out = converse(ChannelDiarizer(("anna",)))
    before = await feed(stage, [voice("s1"), transcript("s1", "good")])
    out.replace(["anna"])
    during = await feed(stage, [voice("s2"), transcript("s2", "bad")])
    out.replace([])
    after = await feed(stage, [voice("s3"), transcript("s3", "so")])
    assert [said.withheld for said in heard(before + during + after)] == [False, True, False]


async def test_of_a_segment_that_two_share_only_their_part_is_withheld():
    words = tuple(Word(word, 1 + 0.2 * n, 1.2 + 0.2 * n, 0.9) for n, word in enumerate(["i", "am", "secret", "you"]))
    turns = tuple(SpeakerTurn(who, *edges) for who, *edges in ((FIRST, 1.0, 1.4), (SECOND, 1.4, 1.6), (FIRST, 1.6, 2)))
    stage, _ = converse(Voices({"s1": Identified(turns)}), "Zoe")
    said = heard(await feed(stage, [voice("s1"), transcript("s1", "i am secret you", words=words)]))
    assert [(part.withheld, part.transcript.text) for part in said] == [(True, "")], "s1 spoke too briefly to be sure"
    longer = [replace(turns[0], start_s=0.0), *turns[1:]]
    parts = by_speaker(transcript("s1", "i am secret you", words=words), longer, OptOut(["Zoe"]))
    assert [(part.text, speaker.id) for part, speaker in parts] == [("i am", "s1"), ("secret you", "Zoe")]


def test_without_times_of_words_a_shared_segment_is_theirs():
    turns = [SpeakerTurn(FIRST, 0.0, 5.0), SpeakerTurn(SECOND, 5.0, 5.4)]
    [(_, speaker)] = by_speaker(transcript("s1", "who said what"), turns, OptOut(["zoe"]))
    assert speaker is SECOND


async def test_partial_text_is_kept_back_where_it_may_be_theirs():
    known, _ = converse(ChannelDiarizer(("anna", "ben")), "anna")
    texts = [PartialText(f"s{channel}", channel, 0.0, 0.5, "so", None) for channel in (0, 1)]
    assert [event.channel for event in await feed(known, texts) if isinstance(event, PartialText)] == [1]
    by_voice, out = converse(Voices({}), "Zoe")
    assert not [event for event in await feed(by_voice, texts) if isinstance(event, PartialText)]
    out.replace([])
    assert [event.channel for event in await feed(by_voice, texts) if isinstance(event, PartialText)] == [0, 1]


async def test_nobody_is_told_when_they_speak():
    stage, _ = converse(ChannelDiarizer(("anna", "ben")), "anna")
    await feed(stage, [voice("s1", 1), transcript("s1", "so", 1)])
    speaking = [Speaking(channel, going, 2.0, 2.0, -30.0) for channel in (0, 1) for going in (True, False)]
    assert [event.channel for event in await feed(stage, speaking)] == [1, 1]


async def test_somebody_who_turns_out_to_be_them_is_they_from_now_on():
    both = Identified((SpeakerTurn(SECOND, 1.0, 1.9),), (("Zoe", "s1"),))
    alone = Identified((SpeakerTurn(FIRST, 2.0, 2.9),))
    stage, _ = converse(Voices({"s1": both, "s2": alone}), "Zoe")
    results = await feed(stage, [voice("s1"), transcript("s1", "so"), voice("s2"), transcript("s2", "good")])
    assert [event.withheld for event in results if isinstance(event, SpeakersMerged)] == [True]
    assert [said.withheld for said in heard(results)] == [True, True]


class Listening:
    """A sense that must not be asked."""

    async def evidence(self, heard: Heard) -> Evidence:
        raise AssertionError(f"{heard.utterance.id} was listened to")


async def test_neither_their_voice_nor_a_face_is_read():
    stage, _ = converse(ChannelDiarizer(("anna",)), "anna")
    [gap] = heard(await feed(stage, [voice("s1"), transcript("s1", "a secret")]))
    assert await SenseStage({Modality.AUDIO: Listening()}, ManualClock()).process(gap) == (gap,)
    assert await SightStage(FaceTimeline(), waits=True).process(gap) == (gap,)


@pytest.fixture
def thread():
    thread = ModelThread("test")
    yield thread
    thread.close()


async def understand(events: Sequence[Event], encoder, network: MTML, thread: ModelThread) -> list[Event]:
    """What the stages from the encoder on make of a conversation."""
    clock = SystemClock()
    encoding = shared_encoding(encoder, thread, clock, wait_s=0.0)
    scheduler = Scheduler(IncrementalEngine(network, DECISION), thread, clock)
    analyse = AnalyseStage(scheduler, network, clock)
    results = await feed(analyse, await feed(EncodeStage(encoding, encoder.settings.context, clock), events))
    await encoding.close()
    await scheduler.stop()
    return results


DECISION = Decision(emotion_temperature=0.7, pair_temperature=1.3, link_threshold=0.001)
TEXTS = ["good news", "so happy", "i am sad", "you ?", "bad news !", "so"]


async def test_the_engine_reads_the_gap_as_the_offline_pass_does(thread):
    """The gap is an empty sentence of nobody for both: they say the same of everybody's utterances."""
    stage, _ = converse(ChannelDiarizer(("anna", "ben")), "anna")
    spoken = [
        event
        for number, text in enumerate(TEXTS)
        for event in (voice(f"s{number}", number % 2), transcript(f"s{number}", text, number % 2))
    ]
    events = [*await feed(stage, spoken), *await stage.flush()]
    encoder = tiny_minilm()
    torch.manual_seed(3)
    rules = GraphRules(past=3, ahead=0, cross_task_past=3, cause_past=3)
    sizes = {"features": {Modality.TEXT: encoder.features}, "width": 8, "round_width": 4, "heads": 2, "layers": 2}
    network = MTML(NetworkSettings(**sizes, dropout=0.0, graph=rules)).eval()
    results = await understand(events, encoder, network, thread)

    conversation = Conversation("c1", tuple(said.utterance for said in heard(events)))
    [offline] = predict([conversation], encoder, network, DECISION)
    pairs = dict(zip(map(tuple, offline.candidates.tolist()), offline.pairs.tolist(), strict=True))
    understood = [event for event in results if isinstance(event, Understood)]
    assert [event.heard.withheld for event in understood] == [True, False] * 3
    for event, expected in zip(understood, offline.emotions, strict=True):
        assert event.emotion is not None
        assert event.cause is not None
        assert event.emotion.probabilities == pytest.approx(expected.tolist(), abs=1e-5)
        for link in event.cause.links:
            assert link.probability == pytest.approx(pairs[event.heard.utterance.index, link.cause], abs=1e-5)
    linked = [cause for event in understood for cause in event.causes]
    assert any(cause.withheld for cause in linked), (
        "a link to the gap is known inside, and left to the wire to withhold"
    )
    assert isinstance(results[-1], ConversationEnded)


async def test_their_words_change_nothing_of_what_is_said_of_others(thread):
    """Whatever they say, the results are bit-equal."""
    encoder = tiny_minilm()
    torch.manual_seed(3)
    sizes = {"features": {Modality.TEXT: encoder.features}, "width": 8, "round_width": 4, "heads": 2, "layers": 1}
    network = MTML(NetworkSettings(**sizes, dropout=0.0)).eval()
    said = []
    for secret in ("good", "sad sad sad !"):
        stage, _ = converse(ChannelDiarizer(("anna", "ben")), "anna")
        spoken = [voice("s1"), transcript("s1", secret), voice("s2", 1), transcript("s2", "so happy", 1)]
        results = await understand([*await feed(stage, spoken), *await stage.flush()], encoder, network, thread)
        said.append([(event.emotion, event.cause) for event in results if isinstance(event, Understood)])
    assert said[0] == said[1]
    assert isinstance(said[0][1][1].links, tuple)
    assert all(isinstance(link, CauseLink) for link in said[0][1][1].links)
