"""The script is readable, tells what it must, and says which file is damaged when it is."""

import json
from pathlib import Path

import pytest

from edge.demo.script import LineTiming, read_script, read_spoken_script, read_timing, write_timing
from model.errors import DataError

GOOD = {
    "id": 1,
    "speaker": "Sarah",
    "channel": 0,
    "voice": "slt",
    "text": "I got the job!",
    "pause_s": 0.8,
    "emotion": "joy",
    "causes": [1],
}


def write_rows(folder: Path, *rows: dict) -> Path:
    path = folder / "script.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_the_bundled_script_has_the_emotions_and_causes_a_demo_needs():
    lines = read_script()
    assert 16 <= len(lines) <= 24
    assert len({line.speaker for line in lines}) == len({line.channel for line in lines}) == 4
    assert {line.emotion for line in lines} >= {"anger", "joy", "sadness", "surprise", "fear"}
    assert sum(cause != line.id for line in lines for cause in line.causes) >= 8
    assert all(line.causes for line in lines if line.emotion != "neutral")


def test_each_speaker_has_one_channel_and_one_voice():
    people = {(line.speaker, line.channel, line.voice) for line in read_script()}
    assert len(people) == 4


def test_the_timing_follows_the_scripts_pauses():
    spoken = read_spoken_script()
    end_s = 0.0
    for item in spoken:
        assert item.start_s - end_s == pytest.approx(item.line.pause_s, abs=1e-3)
        assert item.line.pause_s > 0.5  # the default endpoint wait
        end_s = item.end_s


@pytest.mark.parametrize(
    "change,message",
    [
        ({"id": 2}, "the id is 2 where 1 is expected"),
        ({"emotion": "bored"}, "'bored' is not one of neutral, anger"),
        ({"emotion": "neutral"}, "a neutral line has no causes"),
        ({"causes": [2]}, "neither this line nor an earlier one"),
        ({"channel": "left"}, "channel: "),
        ({"mood": "good"}, "mood: "),
    ],
)
def test_a_malformed_line_is_named_with_its_file_and_number(tmp_path, change, message):
    path = write_rows(tmp_path, GOOD | change)
    with pytest.raises(DataError) as caught:
        read_script(path)
    assert str(caught.value).startswith(f"{path}:1: ")
    assert message in str(caught.value)


def test_a_missing_script_says_how_to_get_it_back(tmp_path):
    with pytest.raises(DataError, match=r"cannot be read.*git checkout -- edge/demo"):
        read_script(tmp_path / "nothing.jsonl")


def test_written_timing_reads_back(tmp_path):
    places = (LineTiming(1, 0.5, 1.25), LineTiming(2, 2.0, 3.0))
    write_timing(places, tmp_path / "timing.jsonl")
    assert read_timing(tmp_path / "timing.jsonl") == places


@pytest.mark.parametrize("start_s,end_s", [(1.0, 2.0), (3.0, 3.0)])
def test_places_that_overlap_or_are_empty_are_refused(tmp_path, start_s, end_s):
    path = tmp_path / "timing.jsonl"
    write_timing((LineTiming(1, 0.5, 1.25), LineTiming(2, start_s, end_s)), path)
    with pytest.raises(DataError, match=r"timing\.jsonl:2: .*empty or overlaps"):
        read_timing(path)


def test_timing_of_another_script_is_refused(tmp_path):
    script_path, timing_path = write_rows(tmp_path, GOOD), tmp_path / "timing.jsonl"
    write_timing((LineTiming(7, 0.5, 1.25),), timing_path)
    with pytest.raises(DataError, match="does not list the lines of"):
        read_spoken_script(script_path, timing_path)
