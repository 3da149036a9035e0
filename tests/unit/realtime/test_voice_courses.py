"""Voices are heard while they speak, and forgotten a while after."""

import asyncio

import numpy as np
import pytest

from model.errors import SkippableError
from realtime.events import EndReason, Quiet, SpeechChunk, SpeechDiscarded, SpeechEnded, SpeechPaused, SpeechStarted
from realtime.model_thread import ModelThread
from realtime.stages.voice import VoiceStage
from realtime.voice_courses import VoiceCourses
from realtime.voice_reading import VoiceReading
from tests.fakes import FakeVoiceEncoder

READING = VoiceReading(np.zeros(7, np.float32), 3.0, 0.75, -25.0, 30.0, 0.0)
CHUNK = 512
CANNOT_BE_HEARD = 0.25


@pytest.fixture
def thread():
    thread = ModelThread("networks")
    yield thread
    thread.close()


@pytest.fixture
def encoder():
    return FakeVoiceEncoder(READING, fails_on=CANNOT_BE_HEARD)


@pytest.fixture
def courses(encoder, thread):
    return VoiceCourses(encoder, thread)


@pytest.fixture
def stage(courses):
    return VoiceStage(courses)


def segment(name, start_s, seconds, channel=0, value=0.0):
    """The events of a segment."""
    chunks = round(seconds * 16_000 / CHUNK)
    sound = np.full(CHUNK, value, np.float32)
    yield SpeechStarted(name, channel, start_s)
    for number in range(chunks):
        yield SpeechChunk(name, channel, start_s + number * CHUNK / 16_000, sound)
    end_s = start_s + chunks * CHUNK / 16_000
    yield SpeechEnded(name, channel, start_s, end_s, EndReason.SILENCE, end_s, end_s)


async def feed(stage, events):
    for event in events:
        assert await stage.process(event) == (event,)


async def test_a_course_gets_all_sound_of_its_segment_on_the_thread(stage, courses, encoder):
    await stage.open()
    assert encoder.opened == 1
    await feed(stage, segment("a", 1.5, 2.0))
    assert await courses.reading("a", 1.6, 3.0) is READING
    [course] = encoder.courses
    assert course.start_s == 1.5
    assert course.sound.size == round(2.0 * 16_000 / CHUNK) * CHUNK
    assert course.asked == [(1.6, 3.0)]
    assert {name.partition("_")[0] for name in encoder.threads} == {"networks"}


async def test_the_thread_is_called_five_times_in_a_second_of_speech(stage, courses, encoder):
    await feed(stage, segment("a", 0.0, 4.0))
    await courses.reading("a", 0.0, 4.0)
    assert len(encoder.courses[0].pushed) <= 5 * 4 + 1


async def test_while_somebody_pauses_everything_so_far_is_heard(stage, courses, encoder):
    *spoken, _ = segment("a", 0.0, 1.0)
    await feed(stage, spoken)
    await feed(stage, [SpeechPaused("a", 0, 1.0)])
    await courses.reading("a", 0.0, 1.0)
    assert encoder.courses[0].sound.size == CHUNK * len(spoken[1:])
    await feed(stage, [SpeechPaused("a", 0, 1.0)])  # nothing new: nothing to hear


async def test_a_segment_may_be_asked_twice_and_while_it_runs(stage, courses, encoder):
    await feed(stage, list(segment("a", 0.0, 1.0))[:-1])
    assert await courses.reading("a", 0.0, 0.4) is READING
    assert await courses.reading("a", 0.4, 1.0) is READING
    assert len(encoder.courses) == 1


async def test_people_on_several_channels_do_not_mix(stage, courses, encoder):
    first, second = segment("a", 0.0, 1.0, 0, 0.1), segment("b", 0.0, 1.0, 1, 0.2)
    for pair in zip(first, second, strict=True):
        await feed(stage, pair)
    await asyncio.gather(courses.reading("a", 0.0, 1.0), courses.reading("b", 0.0, 1.0))
    assert [set(course.sound) for course in encoder.courses] == [{np.float32(0.1)}, {np.float32(0.2)}]


async def test_nobody_knows_a_segment_that_never_was(courses):
    assert await courses.reading("nobody", 0.0, 1.0) is None


async def test_what_was_no_speech_is_forgotten_at_once(stage, courses):
    await feed(stage, list(segment("a", 0.0, 0.1))[:-1])
    await feed(stage, [SpeechDiscarded("a", 0), SpeechDiscarded("b", 0)])
    assert await courses.reading("a", 0.0, 0.1) is None


async def test_sound_that_cannot_be_heard_costs_its_own_segment_only(stage, courses, encoder):
    await feed(stage, segment("a", 0.0, 1.0, value=CANNOT_BE_HEARD))
    await feed(stage, segment("b", 1.0, 1.0))
    with pytest.raises(SkippableError, match="cannot be heard"):
        await courses.reading("a", 0.0, 1.0)
    assert await courses.reading("b", 1.0, 2.0) is READING


class Broken(FakeVoiceEncoder):
    """An encoder with a bug."""

    def begin(self, start_s):
        raise ZeroDivisionError


async def test_a_bug_in_the_encoder_is_not_hidden(thread):
    stage = VoiceStage(VoiceCourses(Broken(READING), thread))
    with pytest.raises(ZeroDivisionError):
        await feed(stage, segment("a", 0.0, 60.0))


@pytest.mark.parametrize("hours", [0.2, pytest.param(2.0, marks=pytest.mark.slow)])
async def test_memory_does_not_grow_in_an_endless_talk_of_two(stage, courses, hours):
    for number in range(round(hours * 720)):  # all of them cut off after 5 s
        for channel in (0, 1):
            await feed(stage, segment(f"{channel}-{number}", 5.0 * number, 0.2, channel))
        if number >= 20:
            assert await courses.reading(f"0-{number - 20}", 0.0, 1.0) is READING  # a recogniser that is far behind
    assert len(courses) <= 66


async def test_in_silence_voices_are_forgotten(stage, courses):
    await feed(stage, segment("a", 0.0, 1.0))
    await feed(stage, [Quiet(600.0)])
    assert len(courses) == 1
    await feed(stage, [Quiet(602.0)])
    assert len(courses) == 0


async def test_a_segment_is_forgotten_when_a_later_one_of_its_channel_is_asked_for(stage, courses):
    await feed(stage, segment("a", 0.0, 1.0))
    await feed(stage, segment("other", 0.5, 1.0, channel=1))
    await feed(stage, segment("b", 2.0, 1.0))
    assert await courses.reading("b", 2.0, 3.0) is READING
    assert await courses.reading("a", 0.0, 1.0) is None
    assert await courses.reading("other", 0.5, 1.5) is READING


async def test_what_ended_before_a_conversation_did_is_forgotten_with_it(stage, courses):
    await feed(stage, segment("a", 0.0, 1.0))
    await feed(stage, segment("b", 2.0, 1.0))
    courses.forget_before(2.5)
    assert await courses.reading("a", 0.0, 1.0) is None
    assert await courses.reading("b", 2.0, 3.0) is READING


async def test_closing_forgets_all_voices_and_may_be_done_twice(stage, courses):
    await feed(stage, segment("a", 0.0, 1.0))
    await stage.close()
    await stage.close()
    assert len(courses) == 0
    assert await stage.flush() == ()
