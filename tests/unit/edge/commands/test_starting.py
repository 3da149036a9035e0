"""What the command line says about the source."""

from pathlib import Path

import pytest

from edge.commands.starting import source_given
from model.errors import SettingsError


def given(recording: str | None = None, speakers: str = "", **options: object) -> dict:
    options = {"fast": False} | {key: Path(value) if key == "captions" else value for key, value in options.items()}
    return source_given(None, Path(recording) if recording else None, speakers, **options).get("source", {})


@pytest.mark.parametrize("name", ["meeting.vtt", "MEETING.VTT", "meeting.srt", "meeting.jsonl", "x/meeting.ndjson"])
def test_captions_are_told_by_their_suffix(name):
    assert given(name, fast=True) == {"part": "captions", "path": name, "fast": True, "follow": False}


def test_any_file_and_standard_input_can_be_captions():
    assert given(captions="notes.txt", follow=True) == {
        "part": "captions",
        "path": "notes.txt",
        "fast": False,
        "follow": True,
    }
    assert given(captions="-")["path"] == "-"


def test_everything_else_is_a_recording_or_the_configured_source():
    assert given("meeting.mp4", fast=True)["part"] == "recording"
    assert given() == {}
    assert given(speakers="anna,ben")["speakers"] == "anna,ben"


@pytest.mark.parametrize(
    "options, words",
    [
        ({"recording": "a.wav", "captions": "b.vtt"}, "Name one of them"),
        ({"follow": True}, "undertone run --captions FILE --follow"),
        ({"recording": "a.wav", "follow": True}, "--follow is for captions"),
        ({"captions": "-", "follow": True}, "Leave out --follow"),
        ({"recording": "a.vtt", "speakers": "anna,ben"}, "source.speakers"),
        ({"fast": True}, "undertone run meeting.wav --fast"),
    ],
)
def test_what_does_not_go_together_is_refused_with_what_to_do(options, words):
    with pytest.raises(SettingsError, match=words):
        given(**options)
