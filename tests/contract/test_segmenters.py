"""What every segmenter must do, run over every file in `realtime/segmenters`."""

from itertools import pairwise

import numpy as np
import pytest

from edge.demo.script import read_spoken_script
from realtime.clock import SystemClock
from realtime.events import (
    SAMPLE_RATE_HZ,
    EndReason,
    Quiet,
    SpeechChunk,
    SpeechDiscarded,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
)
from realtime.parts import PartChoice, load_part, part_names
from tests.fakes import ManualClock
from tests.sounds import tone
from tests.speech import conversation, frames, line

FOLLOWERS = {
    SpeechStarted: {SpeechChunk},
    SpeechChunk: {SpeechChunk, SpeechPaused, SpeechEnded, SpeechDiscarded},
    SpeechPaused: {SpeechResumed, SpeechEnded, SpeechDiscarded},
    SpeechResumed: {SpeechChunk, SpeechEnded, SpeechDiscarded},
}


@pytest.fixture(params=part_names("realtime.segmenters"))
def make(request):
    def segmenter(channels, clock=None, **settings):
        choice = PartChoice(part=request.param, **settings)
        part = load_part("realtime.segmenters", choice, clock or SystemClock())
        part.open(channels)
        return part

    return segmenter


def heard(segmenter, samples, length=512, start=0):
    events = [event for frame in frames(samples, length, start) for event in segmenter.push(frame)]
    return [*events, *segmenter.flush()]


def by_segment(events):
    segments: dict[str, list] = {}
    for event in events:
        if not isinstance(event, Quiet):
            segments.setdefault(event.segment, []).append(event)
    return list(segments.values())


def check_form(events, samples):
    """Each segment begins, is contiguous, carries the sound itself, and ends."""
    for first, *rest in by_segment(events):
        assert isinstance(first, SpeechStarted)
        position = round(first.start_s * SAMPLE_RATE_HZ)
        for before, after in pairwise([first, *rest]):
            assert type(after) in FOLLOWERS[type(before)]
        for chunk in [event for event in rest if isinstance(event, SpeechChunk)]:
            assert round(chunk.start_s * SAMPLE_RATE_HZ) == position
            assert np.array_equal(chunk.samples, samples[first.channel, position : position + chunk.samples.size])
            position += chunk.samples.size
        assert isinstance(rest[-1], SpeechEnded | SpeechDiscarded)


def overlap(one, other):
    shared = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    return shared / (max(one.end_s, other.end_s) - min(one.start_s, other.start_s))


def test_each_line_of_a_conversation_is_found_on_its_channel(make):
    length = 30 * SAMPLE_RATE_HZ
    samples = conversation()[:, :length]
    events = heard(make(len(samples)), samples)
    check_form(events, samples)
    ended = [event for event in events if isinstance(event, SpeechEnded)]
    spoken = [line for line in read_spoken_script() if line.end_s < 29]
    assert len(ended) - len(spoken) in (0, 1)  # the stream may stop within one more
    for line_, event in zip(spoken, ended, strict=False):
        assert event.channel == line_.line.channel
        assert event.reason is EndReason.SILENCE
        assert overlap(line_, event) > 0.5


@pytest.mark.parametrize("length", [160, 333, 4096])
def test_the_length_of_frames_changes_nothing(make, length):
    samples = np.stack([line(2)[0], np.zeros_like(line(2)[0])])

    def summary(events):
        return [
            (event.start_s, event.end_s, event.reason) for event in events if isinstance(event, SpeechEnded)
        ], np.concatenate([event.samples for event in events if isinstance(event, SpeechChunk)])

    (times, sound), (expected, expected_sound) = (summary(heard(make(2), samples, n)) for n in (length, 512))
    assert times == expected
    assert np.array_equal(sound, expected_sound)


def test_silence_and_tones_are_no_speech_and_quiet_is_said_each_second(make):
    samples = np.stack([np.zeros(5 * SAMPLE_RATE_HZ, np.float32), tone(440, 5.0, level=0.05)])
    events = heard(make(2), samples)
    assert not [event for event in events if isinstance(event, SpeechEnded)]
    quiet = [event.until_s for event in events if isinstance(event, Quiet)]
    assert len(quiet) == pytest.approx(5, abs=1)
    assert quiet == sorted(quiet)


def test_nothing_is_quiet_while_somebody_speaks(make):
    samples, _ = line(3)
    events = heard(make(1), samples[None])
    kinds = [type(event) for event in events]
    assert Quiet not in kinds[kinds.index(SpeechStarted) : kinds.index(SpeechEnded)]


def test_what_is_still_said_when_the_stream_ends_is_kept_to_the_last_sample(make):
    samples = line(3)[0][None, : 2 * SAMPLE_RATE_HZ - 100]
    events = heard(make(1), samples)
    check_form(events, samples)
    assert events[-1].reason is EndReason.END_OF_STREAM
    last = [event for event in events if isinstance(event, SpeechChunk)][-1]
    assert round(last.start_s * SAMPLE_RATE_HZ) + last.samples.size == samples.shape[1]


def test_after_a_flush_the_stream_may_go_on_anywhere(make):
    samples = line(2)[0][None]
    segmenter = make(1)
    first = heard(segmenter, samples)
    second = heard(segmenter, samples, start=SAMPLE_RATE_HZ * 100)
    one, other = ([event for event in events if isinstance(event, SpeechEnded)] for events in (first, second))
    assert [event.start_s + 100 for event in one] == [event.start_s for event in other]
    assert not {event.segment for event in one} & {event.segment for event in other}
    assert segmenter.flush() == ()


def test_endless_speech_is_cut_without_losing_a_sample(make):
    lively = np.concatenate([line(number, 0.0, 0.0)[0] for number in (3, 4, 5, 9)])
    events = heard(make(1, longest_s=5.0, endpoint_s=2.0, soft_endpoint_s=1.9), lively[None])
    check_form(events, lively[None])
    segments = by_segment(events)
    assert {segment[-1].reason for segment in segments[:-1]} == {EndReason.FORCED}
    sound = [event for event in events if isinstance(event, SpeechChunk)]
    for before, after in pairwise(sound):
        assert before.start_s + before.samples.size / SAMPLE_RATE_HZ == pytest.approx(after.start_s)
    assert all(segment[-1].end_s - segment[0].start_s <= 5.05 for segment in segments)


def test_moments_tell_when_the_last_speech_was_captured_and_the_end_decided(make):
    samples = line(2)[0][None]
    clock = ManualClock(70.0)
    segmenter = make(1, clock)
    for frame in frames(samples):
        clock.advance(512 / SAMPLE_RATE_HZ)
        arrived = type(frame)(frame.start, frame.samples, clock.now_s())
        for event in segmenter.push(arrived):
            if isinstance(event, SpeechEnded):
                assert event.spoken_at == pytest.approx(70.0 + event.end_s, abs=0.04)
                assert event.endpoint_at == clock.now_s()
                assert event.endpoint_at - event.spoken_at == pytest.approx(0.5, abs=0.05)
                return
    pytest.fail("no utterance ended")
