"""What every transcriber must do, run over every file in `realtime/transcribers`."""

import asyncio
from contextlib import asynccontextmanager

import numpy as np
import pytest

from model.errors import SettingsError
from realtime.clock import SystemClock
from realtime.events import (
    SAMPLE_RATE_HZ,
    EndReason,
    PartialText,
    Quiet,
    SpeechDiscarded,
    SpeechPaused,
    SpeechResumed,
    Transcript,
)
from realtime.parts import PartChoice, load_part, part_names
from tests.speech import chunks, ended, line, started


@pytest.fixture(params=part_names("realtime.transcribers"))
def transcriber(request):
    @asynccontextmanager
    async def opened(**settings):
        part = load_part("realtime.transcribers", PartChoice(part=request.param, **settings), SystemClock())
        try:
            await part.open()
            yield part
        finally:
            await part.close()
            await part.close()

    return opened


async def hear(transcriber, events):
    return [result for event in events for result in await transcriber.process(event)]


async def say(transcriber, segment, samples, channel=0, start_s=0.0, reason=EndReason.SILENCE):
    length_s = samples.size / SAMPLE_RATE_HZ
    return await hear(
        transcriber,
        [
            started(segment, channel, start_s),
            *chunks(segment, samples, channel, start_s),
            ended(segment, reason, channel, start_s + length_s),
        ],
    )


def transcripts(results):
    return [result for result in results if isinstance(result, Transcript)]


def common_words(text, expected):
    return len(set(text.split()) & set(expected.split())) / len(set(expected.split()))


async def test_speech_becomes_one_transcript_with_timed_words(transcriber):
    samples, expected = line(3)
    async with transcriber() as part:
        results = await say(part, "s1", samples, channel=2, start_s=40.0)
    (transcript,) = transcripts(results)
    assert common_words(transcript.text, expected) > 0.7
    assert (transcript.segment, transcript.channel, transcript.language) == ("s1", 2, "en")
    assert not transcript.truncated
    assert [word.text for word in transcript.words] == transcript.text.split()
    assert transcript.start_s == transcript.words[0].start_s
    times = [time for word in transcript.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert 40.0 < times[0] < times[-1] <= 40.0 + samples.size / SAMPLE_RATE_HZ + 0.1
    assert all(0.0 <= word.confidence <= 1.0 for word in transcript.words)
    assert 0.0 < transcript.confidence <= 1.0
    assert transcript.latency.endpoint_s == pytest.approx(0.5)
    partials = [result.text for result in results if isinstance(result, PartialText)]
    assert partials
    assert all(partials)


async def test_silence_becomes_an_empty_transcript(transcriber):
    async with transcriber() as part:
        (transcript,) = transcripts(await say(part, "s1", np.zeros(SAMPLE_RATE_HZ, np.float32)))
    assert (transcript.text, transcript.words, transcript.confidence) == ("", (), 0.0)


async def test_what_pauses_long_enough_is_ready_when_it_ends(transcriber):
    samples, expected = line(3)
    async with transcriber() as part:
        await hear(part, [started("s1"), *chunks("s1", samples), SpeechPaused("s1", 0, 2.0)])
        for _ in range(1000):
            await asyncio.sleep(0.01)
            if part._segments["s1"].answered.is_set():
                break
        (transcript,) = transcripts(await hear(part, [ended("s1", EndReason.SILENCE)]))
        assert transcript.ahead
        assert common_words(transcript.text, expected) > 0.7


@pytest.mark.parametrize("wait_s", [0.0, 0.3])
async def test_speech_that_resumes_is_heard_as_if_it_had_not_paused(transcriber, wait_s):
    samples, _ = line(11)
    half = samples.size // 1024 * 512
    first, second = (list(chunks(*arguments)) for arguments in (("s2", samples[:half]), ("s2", samples[half:])))
    async with transcriber() as part:
        (expected,) = transcripts(await say(part, "s1", samples))
    async with transcriber() as part:
        await hear(part, [started("s2"), *first, SpeechPaused("s2", 0, 1.0)])
        await asyncio.sleep(wait_s)
        results = await hear(part, [SpeechResumed("s2", 0), *second, ended("s2", EndReason.FORCED)])
        (transcript,) = transcripts(results)
        assert part.counters.resumed == 1
    assert transcript.text == expected.text
    assert (transcript.truncated, transcript.ahead) == (True, False)


@pytest.mark.parametrize("decoders", [1, 2])
async def test_people_who_speak_at_once_are_each_heard(transcriber, decoders):
    spoken = {f"s{channel}": line(number) for channel, number in enumerate((2, 7, 11))}
    streams = [list(chunks(name, sound, int(name[1]))) for name, (sound, _) in spoken.items()]
    events = [started(name, int(name[1])) for name in spoken]
    events += [stream[i] for i in range(max(map(len, streams))) for stream in streams if i < len(stream)]
    events += [SpeechPaused(name, int(name[1]), 2.0) for name in spoken]
    events += [ended(name, EndReason.SILENCE, int(name[1])) for name in spoken]
    async with transcriber(decoders=decoders) as part:
        found = {transcript.segment: transcript.text for transcript in transcripts(await hear(part, events))}
    assert found.keys() == spoken.keys()
    for name, (_, expected) in spoken.items():
        assert common_words(found[name], expected) > 0.6


async def test_what_was_no_speech_is_forgotten_and_other_events_pass(transcriber):
    samples, _ = line(2)
    discarded, quiet = SpeechDiscarded("s1", 0), Quiet(4.0)
    async with transcriber(partials=False) as part:
        events = [started("s1"), *list(chunks("s1", samples))[:5], SpeechPaused("s1", 0, 0.1), discarded, quiet]
        assert await hear(part, events) == [events[0], discarded, quiet]
        (transcript,) = transcripts(await say(part, "s2", samples))
        assert transcript.segment == "s2"


def test_another_language_is_refused_with_what_to_do():
    with pytest.raises(SettingsError, match="Set language: en"):
        load_part("realtime.transcribers", PartChoice(part="pocketsphinx", language="de"), SystemClock())
