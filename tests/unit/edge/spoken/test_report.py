"""Figures of hearings made by hand."""

import io
import json

import pytest
from rich.console import Console

from edge.demo.scoring import HeardUtterance
from edge.settings import AppSettings
from edge.spoken.alignment import align, understand
from edge.spoken.casting import Channels, Settings
from edge.spoken.hearing import HeardConversation
from edge.spoken.report import as_table, summarise
from edge.spoken.transcripts import TranscriptFile
from model.conversation import Conversation, Utterance
from model.errors import SettingsError


def hearing(name: str, annotated: list[str], heard: list[tuple[float, float, str]]) -> HeardConversation:
    """Annotated utterance n is spoken from second 2n to second 2n + 1, silent if empty."""
    utterances = tuple(
        Utterance(str(n), n, "ann", text, 2.0 * n, 2.0 * n + bool(text)) for n, text in enumerate(annotated)
    )
    items = tuple(HeardUtterance(start_s, end_s, "speaker-1", text, "joy", (0,)) for start_s, end_s, text in heard)
    alignment = align(items, utterances)
    understood, unplaced = understand(Conversation(name, utterances), items, alignment)
    silent = sum(not text for text in annotated)
    return HeardConversation(understood, items, alignment, silent, unplaced, 0, audio_s=10.0, wall_s=4.0)


HEARINGS = (
    hearing(
        "1",
        ["Well, hello you", "Go away!", "", "Never."],
        [(2.5, 3.0, "hey"), (0.0, 1.0, "hello you"), (2.0, 2.4, "go")],
    ),
    hearing("2", ["Yes."], [(0.1, 0.9, "yes"), (5.0, 6.0, "noise")]),
)


def test_every_figure_of_two_conversations():
    report = summarise(HEARINGS, Settings(channels=Channels.MONO), AppSettings().repeatable())
    assert (report.heard, report.spurious, report.missed, report.unvoiced, report.words) == (5, 1, 2, 1, 7)
    assert report.found == 3 / 5
    assert report.word_error_rate == pytest.approx((3 + 1) / 7)  # well, away -> hey, never; noise
    assert report.unplaced_links == 1
    assert report.channels is Channels.MONO
    assert report.parts["transcriber"]["part"] == "pocketsphinx"
    assert report.parts["segmenter"]["endpoint_s"] == 0.5
    assert (report.audio_s, report.wall_s) == (20.0, 8.0)


def test_the_table_fits_a_terminal_and_names_what_was_lost():
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(as_table(summarise(HEARINGS, Settings(), AppSettings())))
    lines = [" ".join(line.split()) for line in console.export_text().splitlines()]
    assert "voiced slt, rms, awb, kal16; a channel for each; pauses of 0.8 s" in lines
    assert "words 57.1% of 7 wrong" in lines
    assert "utterances 60.0% found, 2 missed, 1 of them wordless" in lines
    assert "heard 5 utterances, 1 of them where nobody spoke" in lines


def test_words_are_given_to_the_utterance_they_were_spoken_in():
    assert HEARINGS[0].texts == ("hello you", "go hey", "", "")
    assert HEARINGS[1].texts == ("yes",)


def test_nothing_at_all_gives_no_figures_but_zeros():
    report = summarise((), Settings(), AppSettings())
    assert report.word_error_rate == report.found == 0


def test_transcripts_are_one_line_for_each_annotated_utterance(tmp_path):
    path = tmp_path / "heard.jsonl"
    with TranscriptFile(path) as file:
        for each in HEARINGS:
            file.add(each)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 5
    assert rows[1] == {"conversation": "1", "utterance": 2, "annotated": "Go away!", "heard": "go hey"}
    assert rows[2]["heard"] == ""


def test_transcripts_that_cannot_be_written_are_refused_before_anything_is_heard(tmp_path):
    with pytest.raises(SettingsError, match="Give --transcripts a file"):
        TranscriptFile(tmp_path / "nowhere" / "heard.jsonl")
