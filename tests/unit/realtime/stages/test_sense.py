"""What voice and face say of an utterance, and why they may say nothing."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from model.baseline import BaselineSettings, PersonBaseline
from model.conversation import UNKNOWN_SPEAKER
from model.evidence import centred
from model.modality import Modality
from realtime.events import ConversationEnded, ConversationStarted, PartialText, Quiet, SpeakersMerged
from realtime.faces.sighting import Sighting, nothing_seen
from realtime.faces.timeline import AWAY, FaceTimeline, FaceView, Observation
from realtime.model_thread import ModelThread
from realtime.orders import Forget
from realtime.sensing import FaceSense, VoiceSense
from realtime.stages.sense import SenseStage
from realtime.stages.sight import SightStage
from realtime.voice_courses import VoiceCourses
from realtime.voice_gates import VoiceGates
from realtime.voice_reading import VoiceReading
from tests.conversation_events import CONVERSATION, heard
from tests.fakes import FakeVoiceEncoder, ManualClock

ANGRY = centred(np.array([0, 3, 0, 0, 0, 0, 0], np.float32))
AT_REST = np.zeros(7, np.float32)
READING = VoiceReading(ANGRY, 2.0, 0.75, -25.0, 30.0, 0.0)
SIGHTING = Sighting(10, 1.9, 0.95, 120.0, 0.3, 1, 7, "", logits=ANGRY)


@pytest.fixture
def thread():
    thread = ModelThread("networks")
    yield thread
    thread.close()


@pytest.fixture
def encoder():
    return FakeVoiceEncoder(READING, fails_on=0.25)


@pytest.fixture
def courses(encoder, thread):
    return VoiceCourses(encoder, thread)


def baseline():
    return PersonBaseline(BaselineSettings(), AT_REST)


@pytest.fixture
def stage(courses):
    senses = {
        Modality.AUDIO: VoiceSense(courses, VoiceGates(), baseline()),
        Modality.VIDEO: FaceSense(baseline()),
    }
    return SenseStage(senses, ManualClock())


async def said(stage, courses, index, sighting=SIGHTING, **changes):
    """The evidence of an utterance, whose segment was heard."""
    spoken = replace(heard(index, speaker=changes.pop("speaker", "ann")), sighting=sighting, **changes)
    courses.begin(spoken.transcript.segment, 0, spoken.transcript.start_s)
    [sensed] = await stage.process(spoken)
    assert replace(sensed, transcript=spoken.transcript, evidence={}) == spoken
    return sensed.evidence


async def test_voice_and_face_are_used_where_they_are_good(stage, courses, encoder):
    evidence = await said(stage, courses, 0)
    assert set(evidence) == {Modality.AUDIO, Modality.VIDEO}
    for says in evidence.values():
        assert says.used
        assert says.reason == ""
        assert says.features == pytest.approx(ANGRY)
    assert evidence[Modality.AUDIO].quality == 1.0
    assert evidence[Modality.VIDEO].quality == pytest.approx(SIGHTING.quality)
    assert encoder.courses[0].asked == [(0.0, 2.0)]


async def test_the_parts_of_a_segment_that_two_people_share_are_asked_for_apart(stage, courses, encoder):
    first, second = heard(0), heard(1, segment="s0", speaker="ben")
    courses.begin("s0", 0, 0.0)
    await stage.process(first)
    await stage.process(second)
    assert encoder.courses[0].asked == [(0.0, 2.0), (4.0, 6.0)]


async def test_a_voice_below_its_gates_is_not_used_and_leaves_no_trace(stage, courses, encoder):
    encoder.reading = replace(READING, spoken_s=0.2)
    evidence = (await said(stage, courses, 0))[Modality.AUDIO]
    assert not evidence.used
    assert evidence.reason.startswith("too short")
    assert 0 < evidence.quality < 1
    encoder.reading = READING
    assert (await said(stage, courses, 1))[Modality.AUDIO].features == pytest.approx(ANGRY)


async def test_two_people_at_once_are_nobodys_voice(stage, courses):
    evidence = (await said(stage, courses, 0, overlap=True))[Modality.AUDIO]
    assert (evidence.used, evidence.quality, evidence.reason) == (False, 1.0, "two people at once")


async def test_an_utterance_without_sound_says_so(stage):
    [sensed] = await stage.process(heard(0))
    assert sensed.evidence[Modality.AUDIO].reason == "no sound of this utterance was heard"
    assert sensed.evidence[Modality.AUDIO].quality is None


async def test_a_voice_that_cannot_be_heard_costs_its_own_utterance_only(stage, courses, caplog):
    courses.begin("s0", 0, 0.0)
    await courses.push("s0", np.full(16_000, 0.25, np.float32))
    [sensed] = await stage.process(heard(0))
    assert sensed.evidence[Modality.AUDIO].reason == "the voice could not be read: this sound cannot be heard"
    assert "this sound cannot be heard" in caplog.text
    assert (await said(stage, courses, 1))[Modality.AUDIO].used


@pytest.mark.parametrize(
    "sighting, quality, reason",
    [
        (None, None, "there are no pictures"),
        (nothing_seen("nobody in view", 7), 0.0, "nobody in view"),
        (replace(SIGHTING, obstacle="the face is too blurred"), SIGHTING.quality, "the face is too blurred"),
        (replace(SIGHTING, faces=3), SIGHTING.quality, "3 faces in view, and it is not known which of them speaks"),
        (replace(SIGHTING, logits=None), SIGHTING.quality, "the face could not be read"),
        (replace(SIGHTING, logits=np.full(7, np.inf, np.float32)), SIGHTING.quality, "the face could not be read"),
    ],
)
async def test_a_face_that_shows_too_little_is_not_used(stage, courses, sighting, quality, reason):
    evidence = (await said(stage, courses, 0, sighting=sighting))[Modality.VIDEO]
    assert (evidence.features, evidence.quality, evidence.reason) == (None, quality, reason)


async def test_of_several_faces_the_one_that_surely_speaks_is_used(stage, courses):
    sighting = replace(SIGHTING, faces=3, speaking=0.9)
    assert (await said(stage, courses, 0, sighting=sighting))[Modality.VIDEO].used


async def test_what_a_person_is_like_before_is_subtracted(stage, courses):
    evidence = [await said(stage, courses, index) for index in range(200)]
    for modality in (Modality.AUDIO, Modality.VIDEO):
        heights = [float(each[modality].features[1]) for each in evidence]
        assert heights == sorted(heights, reverse=True)
        assert heights[-1] < 0.25 * heights[0]
    stranger = await said(stage, courses, 200, sighting=replace(SIGHTING, face=8), speaker="ben")
    assert all(says.features == pytest.approx(ANGRY) for says in stranger.values())


async def test_nobody_knows_what_unknown_speakers_are_like(stage, courses):
    for index in range(50):
        evidence = await said(stage, courses, index, speaker=UNKNOWN_SPEAKER)
    assert evidence[Modality.AUDIO].features == pytest.approx(ANGRY)


@pytest.mark.parametrize(
    "turn", [ConversationStarted("next", 0.0), ConversationEnded(CONVERSATION, 99.0, "silence", 50, 0)]
)
async def test_the_next_conversation_knows_nobody(stage, courses, turn):
    for index in range(50):
        await said(stage, courses, index)
    assert await stage.process(turn) == (turn,)
    assert all(says.features == pytest.approx(ANGRY) for says in (await said(stage, courses, 50)).values())


async def test_speakers_who_are_one_share_what_they_are_like(stage, courses):
    for index in range(50):
        await said(stage, courses, index, speaker="person-2")
    merged = SpeakersMerged(CONVERSATION, kept="ann", gone="person-2")
    assert await stage.process(merged) == (merged,)
    evidence = await said(stage, courses, 50, speaker="ann")
    assert evidence[Modality.AUDIO].features[1] < 0.6 * ANGRY[1]


async def test_what_it_takes_counts_as_encoding(courses):
    clock = ManualClock()

    class Slow:
        async def evidence(self, heard):
            clock.advance(0.25)
            return await FaceSense(baseline()).evidence(heard)

    [sensed] = await SenseStage({Modality.VIDEO: Slow()}, clock).process(heard(0))
    assert sensed.transcript.latency.encode_s == pytest.approx(0.25)


async def test_other_events_pass(stage):
    partial = PartialText("s0", 0, 0.0, 1.0, "hel")
    assert await stage.process(partial) == (partial,)
    assert await stage.process(Quiet(3.0)) == (Quiet(3.0),)
    assert await stage.flush() == ()
    await stage.close()
    await stage.close()


@pytest.mark.parametrize("waits", [False, True], ids=["live", "fast"])
async def test_a_camera_that_vanishes_in_the_middle_of_an_utterance_stalls_nothing(stage, courses, waits):
    timeline = FaceTimeline()
    sight = SightStage(timeline, waits=waits)
    courses.begin("s1", 0, 4.0)
    for step in range(12):
        timeline.add(Observation(2.2 + 0.2 * step, (FaceView(1, 100.0, 0.3, confirmed=True),)))
    waiting = asyncio.create_task(sight.process(heard(1)))
    await asyncio.sleep(0)
    timeline.lose()
    timeline.end()
    [sighted] = await asyncio.wait_for(waiting, 1.0)
    [sensed] = await asyncio.wait_for(stage.process(sighted), 1.0)
    assert sensed.evidence[Modality.AUDIO].used
    courses.begin("s3", 0, 12.0)
    [later] = await asyncio.wait_for(sight.process(heard(3)), 1.0)
    [sensed] = await asyncio.wait_for(stage.process(later), 1.0)
    assert sensed.evidence[Modality.AUDIO].used
    assert (sensed.evidence[Modality.VIDEO].used, sensed.evidence[Modality.VIDEO].reason) == (False, AWAY)


async def test_what_is_switched_off_is_not_read_and_says_so(courses):
    off: set[Modality] = set()
    senses = {Modality.AUDIO: VoiceSense(courses, VoiceGates(), baseline()), Modality.VIDEO: FaceSense(baseline())}
    stage = SenseStage(senses, ManualClock(), lambda: off)
    assert (await said(stage, courses, 0))[Modality.VIDEO].used
    off.add(Modality.VIDEO)
    evidence = await said(stage, courses, 1)
    assert (evidence[Modality.VIDEO].used, evidence[Modality.VIDEO].reason) == (False, "switched off")
    assert evidence[Modality.AUDIO].used
    off.clear()
    assert (await said(stage, courses, 2))[Modality.VIDEO].used


async def test_what_somebody_is_like_at_rest_is_forgotten(courses):
    senses = {Modality.AUDIO: VoiceSense(courses, VoiceGates(), baseline()), Modality.VIDEO: FaceSense(baseline())}
    stage = SenseStage(senses, ManualClock())
    await stage.process(ConversationStarted(CONVERSATION, 0.0))
    await said(stage, courses, 0, speaker="ann")
    await said(stage, courses, 1, speaker="ben")
    others = [Forget("another", None), Forget(None, frozenset({"nobody"}), met=False)]
    order = Forget(None, frozenset({"ann", "Ann"}))
    for event in (*others, order):
        assert await stage.process(event) == (event,)
    assert [event.removed["baselines"] for event in (*others, order)] == [0, 0, 2]  # whose face it is, nobody knows
    assert (await said(stage, courses, 2, speaker="ann"))[Modality.AUDIO].features == pytest.approx(ANGRY)
    assert (await said(stage, courses, 3, speaker="ben"))[Modality.AUDIO].features != pytest.approx(ANGRY)
    everybody = Forget(CONVERSATION, None)
    await stage.process(everybody)
    assert everybody.removed["baselines"] == 3


async def test_pictures_are_forgotten_with_their_conversation():
    timeline = FaceTimeline()
    stage = SightStage(timeline, waits=False)
    await stage.process(ConversationStarted(CONVERSATION, 0.0))
    timeline.add(Observation(1.0, (FaceView(1, 100.0, 0.3, confirmed=True),)))
    other, order = Forget("another", None), Forget(CONVERSATION, None)
    await stage.process(other)
    assert timeline.sighting(0.5, 1.5).faces == 1
    await stage.process(order)
    assert timeline.sighting(0.5, 1.5).faces == 0
    assert (other.removed["pictures"], order.removed["pictures"]) == (0, 1)
