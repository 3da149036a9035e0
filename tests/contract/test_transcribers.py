"""What every transcriber must do, run over every file in `realtime/transcribers`.

Those that need weights read tiny ones, which say the same script whatever they hear.
"""

import asyncio
from contextlib import asynccontextmanager

import numpy as np
import pytest
import pytest_asyncio

from model.errors import PartMissingError, SettingsError
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
from realtime.parts import PartChoice, load_part, part_names, settings_class
from tests import tiny_recognisers
from tests.speech import chunks, ended, line, started

pytestmark = pytest.mark.asyncio(loop_scope="module")

PACKAGE = "realtime.transcribers"
TINY = {
    "faster_whisper": tiny_recognisers.faster_whisper_folder,
    "transformers": tiny_recognisers.transformers_whisper,
    "whisper": tiny_recognisers.whisper_file,
}


class Recogniser:
    """A part, the weights it is given, and what is to be recognised."""

    def __init__(self, name, folder):
        self.name = name
        self.tiny = TINY.get(name)
        self.folder = folder

    @asynccontextmanager
    async def opened(self, rigged=None, **settings):
        if self.tiny:
            path = self.tiny(self.folder / f"{'-'.join(rigged or ['plain'])}.pt", **(rigged or {}))
            settings = {"model": str(path), "device": "cpu", "threads": 1, **settings}
        part = load_part(PACKAGE, PartChoice(part=self.name, **settings), SystemClock())
        try:
            await part.open()
            yield part
        finally:
            await part.close()
            await part.close()

    @asynccontextmanager
    async def unused(self, shared, **settings):
        """One that has not heard anything, where that makes a difference: pocketsphinx adapts to voices."""
        if self.tiny:
            yield shared
        else:
            async with self.opened(**settings) as part:
                yield part

    def is_right(self, text, spoken, share=0.7):
        return text == tiny_recognisers.SCRIPT.strip() if self.tiny else common_words(text, spoken) > share


@pytest.fixture(scope="module", params=part_names(PACKAGE))
def recogniser(request, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNDERTONE_MODELS", str(tmp_path_factory.mktemp("models")))
        yield Recogniser(request.param, tmp_path_factory.mktemp(request.param))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(recogniser):
    """The part as it is by default, open for all tests: starting one takes seconds."""
    async with recogniser.opened() as part:
        yield part


def remote(part):
    """The one behind `auto`; the part itself otherwise."""
    return getattr(part, "_transcriber", part)


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


async def test_speech_becomes_one_transcript_with_timed_words(recogniser, shared):
    samples, spoken = line(3)
    results = await say(shared, "words", samples, channel=2, start_s=40.0)
    (transcript,) = transcripts(results)
    assert recogniser.is_right(transcript.text, spoken)
    assert (transcript.segment, transcript.channel, transcript.language) == ("words", 2, "en")
    assert not transcript.truncated
    assert 0.0 < transcript.confidence <= 1.0
    assert transcript.latency.endpoint_s == pytest.approx(0.5)
    if transcript.words:
        assert [word.text for word in transcript.words] == transcript.text.split()
        assert transcript.start_s == transcript.words[0].start_s
        times = [time for word in transcript.words for time in (word.start_s, word.end_s)]
        assert times == sorted(times)
        assert 40.0 <= times[0] < times[-1] <= 40.0 + samples.size / SAMPLE_RATE_HZ + 0.1
        assert all(0.0 <= word.confidence <= 1.0 for word in transcript.words)
    partials = [result.text for result in results if isinstance(result, PartialText)]
    assert bool(partials) == settings_class(PACKAGE, recogniser.name).model_fields["partials"].default
    assert all(partials)


async def test_silence_becomes_an_empty_transcript(recogniser):
    made_up = {"silent": True, "rivals": 4, "sure": 6.0} if recogniser.tiny else None
    async with recogniser.opened(made_up) as part:
        (transcript,) = transcripts(await say(part, "silence", np.zeros(SAMPLE_RATE_HZ, np.float32)))
        assert (transcript.text, transcript.words, transcript.confidence) == ("", (), 0.0)
        assert remote(part).counters.rejected == ({"no speech": 1} if recogniser.tiny else {})


async def test_no_sound_at_all_becomes_an_empty_transcript(shared):
    (transcript,) = transcripts(await say(shared, "nothing", np.zeros(0, np.float32)))
    assert (transcript.text, transcript.words, transcript.confidence) == ("", (), 0.0)


async def test_what_pauses_long_enough_is_ready_when_it_ends(recogniser, shared):
    samples, spoken = line(3)
    await hear(shared, [started("ahead"), *chunks("ahead", samples), SpeechPaused("ahead", 0, 2.0)])
    await asyncio.wait_for(remote(shared)._segments["ahead"].answered.wait(), 10.0)
    (transcript,) = transcripts(await hear(shared, [ended("ahead", EndReason.SILENCE)]))
    assert transcript.ahead
    assert recogniser.is_right(transcript.text, spoken)


@pytest.mark.parametrize("wait_s", [0.0, 0.3])
async def test_speech_that_resumes_is_heard_as_if_it_had_not_paused(recogniser, shared, wait_s):
    samples, _ = line(11)
    half = samples.size // 1024 * 512
    first, second = (list(chunks("resumed", part)) for part in (samples[:half], samples[half:]))
    async with recogniser.unused(shared) as part:
        (expected,) = transcripts(await say(part, "whole", samples))
    async with recogniser.unused(shared) as part:
        before = remote(part).counters.resumed
        await hear(part, [started("resumed"), *first, SpeechPaused("resumed", 0, 1.0)])
        await asyncio.sleep(wait_s)
        results = await hear(part, [SpeechResumed("resumed", 0), *second, ended("resumed", EndReason.FORCED)])
        (transcript,) = transcripts(results)
        assert remote(part).counters.resumed == before + 1
    assert transcript.text == expected.text
    assert (transcript.truncated, transcript.ahead) == (True, False)


@pytest.mark.parametrize("decoders", [1, 2])
async def test_people_who_speak_at_once_are_each_heard(recogniser, shared, decoders):
    spoken = {f"s{channel}": line(number) for channel, number in enumerate((2, 7, 11))}
    streams = [list(chunks(name, sound, int(name[1]))) for name, (sound, _) in spoken.items()]
    events = [started(name, int(name[1])) for name in spoken]
    events += [stream[i] for i in range(max(map(len, streams))) for stream in streams if i < len(stream)]
    events += [SpeechPaused(name, int(name[1]), 2.0) for name in spoken]
    events += [ended(name, EndReason.SILENCE, int(name[1])) for name in spoken]
    async with recogniser.unused(shared, decoders=decoders) as part:
        found = {transcript.segment: transcript.text for transcript in transcripts(await hear(part, events))}
    assert found.keys() == spoken.keys()
    for name, (_, expected) in spoken.items():
        assert recogniser.is_right(found[name], expected, share=0.6)


async def test_what_was_no_speech_is_forgotten_and_other_events_pass(recogniser, shared):
    samples, _ = line(2)
    discarded, quiet = SpeechDiscarded("noise", 0), Quiet(4.0)
    sound = list(chunks("noise", samples))[:5]
    events = [started("noise"), *sound, SpeechPaused("noise", 0, 0.1), discarded, quiet]
    passed = [event for event in await hear(shared, events) if not isinstance(event, PartialText)]
    assert passed == [events[0], discarded, quiet]
    (transcript,) = transcripts(await say(shared, "speech", samples))
    assert transcript.segment == "speech"


async def test_another_language_is_refused_with_what_to_do():
    with pytest.raises(SettingsError, match="Set language: en"):
        load_part(PACKAGE, PartChoice(part="pocketsphinx", language="de"), SystemClock())


@pytest.mark.parametrize(
    "part, model, name",
    [
        ("whisper", "base.en", "whisper-base.en"),
        ("whisper", "large-v3-turbo", "whisper-turbo"),
        ("whisper", "whisper-small", "whisper-small"),
        ("transformers", "moonshine-base", "moonshine-base"),
        ("transformers", "UsefulSensors/moonshine-tiny", "moonshine-tiny"),
        ("faster_whisper", "base.en", "faster-whisper-base.en"),
        ("faster_whisper", "large-v3-turbo", "faster-whisper-turbo"),
    ],
)
async def test_weights_that_are_not_here_are_named_with_the_line_that_gets_them(part, model, name, empty_home):
    with pytest.raises(PartMissingError, match="not on this machine") as refused:
        load_part(PACKAGE, PartChoice(part=part, model=model), SystemClock())
    assert refused.value.remedy == f"Get them: undertone models fetch {name}"


@pytest.mark.parametrize(
    "part, model, remedy",
    [
        ("whisper", "/no/such.pt", "Correct the path"),
        ("whisper", "huge", "Give transcriber.model a path, or one of: whisper-tiny.en"),
        ("transformers", "./no/folder", "Correct the path"),
        ("transformers", "some/model", "hf download some/model"),
        ("transformers", "a b", "Give transcriber.model a path, or one of: moonshine-tiny"),
        ("faster_whisper", "huge", "Give transcriber.model a path, or one of: faster-whisper-tiny.en"),
    ],
)
async def test_models_that_nobody_knows_are_refused_with_what_to_do(part, model, remedy, empty_home):
    with pytest.raises(PartMissingError) as refused:
        load_part(PACKAGE, PartChoice(part=part, model=model), SystemClock())
    assert remedy in refused.value.remedy


async def test_models_of_one_language_are_refused_others(empty_home):
    with pytest.raises(SettingsError, match="moonshine-base does not understand language 'de'"):
        load_part(PACKAGE, PartChoice(part="transformers", language="de"), SystemClock())


@pytest.fixture
def empty_home(monkeypatch, tmp_path):
    """Nothing was ever fetched here."""
    monkeypatch.setenv("UNDERTONE_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
