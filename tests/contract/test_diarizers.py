"""What every diarizer must do, run over every file in `realtime/diarizers`."""

import numpy as np
import pytest

from model.conversation import UNKNOWN_SPEAKER
from model.errors import SettingsError
from realtime.events import EndReason, SpeakerKind
from realtime.parts import PartChoice, load_part, part_names
from tests.speech import ended

SOUND = np.zeros(1600, np.float32)


def make(name, source=(), **settings):
    return load_part("realtime.diarizers", PartChoice(part=name, **settings), source)


@pytest.mark.parametrize("name", part_names("realtime.diarizers"))
def test_it_names_a_speaker_now_and_after_a_conversation(name):
    diarizer = make(name)
    for segment in ("s1", "s2"):
        speaker = diarizer.identify(0, ended(segment, EndReason.SILENCE), SOUND)
        assert speaker.id
        assert 0.0 <= speaker.confidence <= 1.0
        assert speaker.kind in SpeakerKind
        diarizer.forget()


@pytest.mark.parametrize(
    "settings, source, expected",
    [
        ({}, (), [UNKNOWN_SPEAKER, UNKNOWN_SPEAKER]),
        ({}, ("anna", "ben"), ["anna", "ben"]),
        ({"speakers": ["cleo"]}, ("anna", "ben"), ["cleo", UNKNOWN_SPEAKER]),
        ({"speakers": "cleo, dora"}, (), ["cleo", "dora"]),
    ],
)
def test_a_channel_is_called_by_its_setting_or_its_source_or_it_is_nobody_s(settings, source, expected):
    diarizer = make("channel", source, **settings)
    speakers = [diarizer.identify(channel, ended("s1", EndReason.SILENCE, channel), SOUND) for channel in (0, 1)]
    assert [speaker.id for speaker in speakers] == expected
    kinds = [SpeakerKind.UNKNOWN if name == UNKNOWN_SPEAKER else SpeakerKind.CHANNEL for name in expected]
    assert [speaker.kind for speaker in speakers] == kinds


@pytest.mark.parametrize("speakers", [["anna", "anna"], ["anna", ""]])
def test_two_channels_cannot_bear_one_name(speakers):
    with pytest.raises(SettingsError, match="different names"):
        make("channel", speakers=speakers)


def test_unknown_knows_nobody():
    speaker = make("unknown").identify(3, ended("s1", EndReason.SILENCE, 3), SOUND)
    assert (speaker.id, speaker.kind, speaker.confidence) == (UNKNOWN_SPEAKER, SpeakerKind.UNKNOWN, 0.0)
