"""Written conversations, really voiced, and really heard by the whole pipeline."""

import asyncio
import tempfile
from pathlib import Path

import pytest

from edge.settings import AppSettings
from edge.spoken.casting import Channels, Settings
from edge.spoken.hearing import Setup, hear_conversations
from edge.spoken.report import summarise
from model import checkpoint
from model.conversation import Conversation, Utterance
from model.errors import PartMissingError
from tests.unit.edge.demo.test_make import needs_flite

SAID = (
    ("Ann", "Hello everybody . Good morning ."),
    ("Ben", "Good morning ."),
    ("Ann", "..."),
    ("Ann", "I am so happy . I have got the new job !"),
    ("Ben", "That is wonderful ! I am so happy for you !"),
)


def conversation(name: str, said: tuple[tuple[str, str], ...]) -> Conversation:
    return Conversation(name, tuple(Utterance(str(n), n, speaker, text) for n, (speaker, text) in enumerate(said)))


def recordings(folder) -> list[Path]:
    return list(folder.glob("undertone-spoken-*"))


async def hear(*conversations: Conversation, channels: Channels = Channels.SPEAKER):
    setup = Setup(Settings(channels=channels), AppSettings(), checkpoint.load())
    heard = await hear_conversations(conversations, setup, told=lambda _: None)
    return heard, summarise(heard, setup.voicing, setup.app)


@needs_flite
async def test_a_spoken_conversation_is_heard_and_understood_utterance_by_utterance():
    (heard,), report = await hear(conversation("1", SAID))
    assert [bool(text) for text in heard.texts] == [True, True, False, True, True]
    assert report.unvoiced == report.missed == 1
    assert report.spurious == report.failed == 0
    assert report.word_error_rate < 0.5
    assert [item.speaker for item in heard.heard] == ["speaker-1", "speaker-2", "speaker-1", "speaker-2"]
    assert heard.understood.utterances == conversation("1", SAID).utterances
    assert "joy" in (heard.understood.emotions or ())
    assert all((heard.understood.emotions or ())[pair.emotion] != "neutral" for pair in heard.understood.pairs or ())


@needs_flite
async def test_on_one_channel_people_are_told_apart_by_voice():
    (heard,), report = await hear(conversation("1", SAID[:2]), channels=Channels.MONO)
    assert report.found == 1
    assert {item.speaker for item in heard.heard} == {"s1", "s2"}


@needs_flite
async def test_a_conversation_without_a_word_is_missed_as_a_whole():
    (heard,), report = await hear(conversation("1", (("Ann", "..."), ("Ben", ""))))
    assert heard.understood.emotions == ("neutral", "neutral")
    assert (report.missed, report.unvoiced, report.words) == (2, 2, 0)


@needs_flite
@pytest.mark.parametrize("after_s", [0.05, 1.5])
async def test_an_interruption_leaves_no_file_behind(after_s, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    setup = Setup(Settings(), AppSettings(), checkpoint.load())
    hearing = asyncio.create_task(hear_conversations([conversation("1", SAID)], setup, told=lambda _: None))
    await asyncio.sleep(after_s)
    assert recordings(tmp_path)
    hearing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hearing
    assert not recordings(tmp_path)


async def test_without_flite_the_line_that_installs_it_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PartMissingError, match="apt-get install -y flite"):
        await hear(conversation("1", SAID))
