"""What every diarizer must do, run over every file in `realtime/diarizers`."""

from contextlib import closing

import numpy as np
import pytest

from model.conversation import UNKNOWN_SPEAKER
from model.errors import SettingsError
from realtime.events import EndReason, Quiet, SpeakerKind, SpeechDiscarded, SpeechPaused, SpeechResumed
from realtime.model_thread import ModelThread
from realtime.parts import PartChoice, load_part, part_names
from tests.speech import chunks, ended, line, started

SOUND = np.zeros(24_000, np.float32)

every_diarizer = pytest.mark.parametrize("name", part_names("realtime.diarizers"))


@pytest.fixture(autouse=True)
def nobody_enrolled(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


@pytest.fixture
def thread():
    with closing(ModelThread("test")) as running:
        yield running


def make(name, thread, source=(), **settings):
    return load_part("realtime.diarizers", PartChoice(part=name, **settings), source, thread)


async def spoken(diarizer, sound, segment="s1", channel=0):
    """What comes out of a segment, its pause and its end."""
    results = []
    events = [*chunks(segment, sound, channel), SpeechPaused(segment, channel, 1.0), ended(segment, EndReason.SILENCE)]
    for event in (started(segment, channel), *events):
        results += await diarizer.process(event)
    return results


@every_diarizer
async def test_every_event_comes_out_and_a_voice_before_each_end(name, thread):
    diarizer = make(name, thread)
    await diarizer.open()
    sound, _ = line(1)
    results = await spoken(diarizer, sound)
    assert [type(event).__name__ for event in (results[0], *results[-3:])] == [
        "SpeechStarted",
        "SpeechPaused",
        "VoiceHeard",
        "SpeechEnded",
    ]
    assert results[-2].segment == "s1"
    assert len(results[-2].middles_s) == len(results[-2].vectors)
    assert await diarizer.process(Quiet(9.0)) == (Quiet(9.0),)


@every_diarizer
@pytest.mark.parametrize("length", [0, 100, 6_400, 24_000])
async def test_any_segment_has_a_speaker_in_every_conversation(name, length, thread):
    diarizer = make(name, thread)
    await diarizer.open()
    for segment in ("s1", "s2"):
        voice = (await spoken(diarizer, SOUND[:length], segment))[-2]
        identified = diarizer.people().identify(voice)
        assert identified.turns[0].start_s == voice.start_s
        assert identified.turns[-1].end_s == voice.end_s
        for turn in identified.turns:
            assert turn.speaker.id
            assert 0.0 <= turn.speaker.confidence <= 1.0
            assert turn.speaker.kind in SpeakerKind


@every_diarizer
async def test_a_segment_may_pause_go_on_and_be_discarded_beside_another(name, thread):
    diarizer = make(name, thread)
    await diarizer.open()
    sound, _ = line(2)
    for event in (started("s1"), started("s2", 1), *chunks("s1", sound[:16_000])):
        assert list(await diarizer.process(event)) == [event]
    for event in (SpeechPaused("s1", 0, 1.0), SpeechResumed("s1", 0), *chunks("s1", sound[16_000:], 0, 1.0)):
        assert list(await diarizer.process(event)) == [event]
    assert list(await diarizer.process(SpeechDiscarded("s2", 1))) == [SpeechDiscarded("s2", 1)]
    voice, _ = await diarizer.process(ended("s1", EndReason.FORCED))
    assert all(np.diff(voice.middles_s) > 0)


@pytest.mark.parametrize(
    "settings, source, expected",
    [
        ({}, (), [UNKNOWN_SPEAKER, UNKNOWN_SPEAKER]),
        ({}, ("anna", "ben"), ["anna", "ben"]),
        ({"speakers": ["cleo"]}, ("anna", "ben"), ["cleo", UNKNOWN_SPEAKER]),
        ({"speakers": "cleo, dora"}, (), ["cleo", "dora"]),
    ],
)
async def test_a_channel_is_called_by_its_setting_or_its_source_or_it_is_nobody_s(settings, source, expected, thread):
    diarizer = make("channel", thread, source, **settings)
    people = diarizer.people()
    speakers = []
    for channel in (0, 1):
        voice, _ = await diarizer.process(ended("s1", EndReason.SILENCE, channel))
        speakers += [turn.speaker for turn in people.identify(voice).turns]
    assert [speaker.id for speaker in speakers] == expected
    kinds = [SpeakerKind.UNKNOWN if name == UNKNOWN_SPEAKER else SpeakerKind.CHANNEL for name in expected]
    assert [speaker.kind for speaker in speakers] == kinds


@pytest.mark.parametrize("speakers", [["anna", "anna"], ["anna", ""]])
def test_two_channels_cannot_bear_one_name(speakers, thread):
    with pytest.raises(SettingsError, match="different names"):
        make("channel", thread, speakers=speakers)


async def test_unknown_knows_nobody_whatever_the_source_says(thread):
    diarizer = make("unknown", thread, ("anna",))
    voice, _ = await diarizer.process(ended("s1", EndReason.SILENCE))
    (turn,) = diarizer.people().identify(voice).turns
    assert (turn.speaker.id, turn.speaker.kind, turn.speaker.confidence) == (UNKNOWN_SPEAKER, SpeakerKind.UNKNOWN, 0.0)


@pytest.mark.parametrize("source, kind", [(("anna",), SpeakerKind.CHANNEL), ((), SpeakerKind.DIARIZED)])
async def test_auto_listens_to_voices_only_where_the_source_names_nobody(source, kind, thread):
    diarizer = make("auto", thread, source)
    await diarizer.open()
    sound, _ = line(1)
    voice = (await spoken(diarizer, sound))[-2]
    assert diarizer.people().identify(voice).turns[0].speaker.kind == kind
