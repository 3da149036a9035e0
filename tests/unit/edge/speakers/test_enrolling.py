"""Learning a voice: from one person's lines of the demo, and from what is none."""

import asyncio
from contextlib import closing

import numpy as np
import pytest

from edge.demo.script import read_spoken_script
from edge.speakers.enrolling import enrol, much_like
from edge.spoken.listening import write_wav
from model.errors import SettingsError, SourceError
from realtime.diarizers import voices
from realtime.events import EndReason, SpeakerKind
from realtime.model_thread import ModelThread
from realtime.voices import enrolment
from tests.speech import chunks, ended, line, started

SCRIPT = read_spoken_script()
SOMEBODY, ANOTHER = list(dict.fromkeys(spoken.line.speaker for spoken in SCRIPT))[:2]


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "undertone" / "speakers"


def lines_of(speaker):
    return [spoken.line.id for spoken in SCRIPT if spoken.line.speaker == speaker]


def recording(path, *numbers):
    """A recording of these lines of the demo's script; without any, of faint noise."""
    noise = np.random.default_rng(0).normal(0.0, 1e-3, 80_000)
    sound = np.concatenate([line(number)[0] for number in numbers]) if numbers else noise
    write_wav((np.clip(sound, -1, 1) * 32_767).astype(np.int16)[None], path)
    return path


async def heard(number):
    """Who says a line in a conversation that begins now, and who would in one after all were removed."""
    with closing(ModelThread("test")) as thread:
        diarizer = voices.create(voices.Settings(), (), thread)
        await diarizer.open()
        for event in (started("s1"), *chunks("s1", line(number)[0])):
            await diarizer.process(event)
        voice, _ = await diarizer.process(ended("s1", EndReason.SILENCE, end_s=3.0))
        now = diarizer.people().identify(voice).turns[0].speaker
        for person in enrolment.enrolments():
            enrolment.remove(person.name)
        return now, diarizer.people().identify(voice).turns[0].speaker


def test_an_enrolled_voice_is_called_by_name_until_it_is_removed(tmp_path, data_folder):
    first, *others = lines_of(SOMEBODY)
    learned = enrol("Zoë", recording(tmp_path / "zoe.wav", *others[:3]), replace=False)
    assert learned.speech_s > 5
    now, afterwards = asyncio.run(heard(first))
    assert (now.id, now.kind) == ("Zoë", SpeakerKind.ENROLLED)
    assert (afterwards.id, afterwards.kind) == ("s1", SpeakerKind.DIARIZED)
    assert list(data_folder.iterdir()) == []


def test_a_name_is_given_twice_only_when_asked_for_and_a_likeness_is_said(tmp_path):
    path = recording(tmp_path / "one.wav", *lines_of(SOMEBODY)[:3])
    enrol("Ann", path, replace=False)
    with pytest.raises(SettingsError, match="--replace"):
        enrol(" Ann ", path, replace=False)
    assert much_like(enrol("Ann", path, replace=True)) == []
    assert much_like(enrol("Eve", path, replace=False)) == ["Ann"]


@pytest.mark.parametrize(
    "lines, problem",
    [
        ([], r"nobody speaks in it\.wav\. Record 10 to 30 seconds"),
        ([1], r"it\.wav has 2\.\d s of speech; 5 s are needed"),
        ([*lines_of(SOMEBODY)[:2], *lines_of(ANOTHER)[:2]], r"more than one person speaks in it\.wav"),
    ],
)
def test_what_no_voice_can_be_learned_from_is_refused_and_leaves_nothing(lines, problem, tmp_path, data_folder):
    with pytest.raises(SourceError, match=problem):
        enrol("Ann", recording(tmp_path / "it.wav", *lines), replace=False)
    assert not data_folder.exists()


@pytest.mark.parametrize("content", [None, b"", b"no sound at all"])
def test_what_is_no_recording_is_refused(content, tmp_path):
    path = tmp_path / "it.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError):
        enrol("Ann", path, replace=False)
