"""How what was heard is held against annotated turns."""

import numpy as np
import pytest
from rich.console import Console

from edge.speakers.listening import Voices
from edge.speakers.measure import joined, judge, measure, said_turns
from edge.speakers.report import as_table
from model.errors import DataError
from model.evaluation.diarization import Turn
from realtime.events import VoiceHeard
from realtime.voices.encoder import VECTOR
from realtime.voices.people import VoiceSettings


def voice(person, start_s, end_s):
    """A segment of somebody whose voice is an axis."""
    middles_s = np.arange(start_s + 0.6, end_s - 0.6, 0.2)
    vectors = np.zeros((len(middles_s), VECTOR), np.float32)
    vectors[:, person] = 1.0
    return VoiceHeard("s1", 0, start_s, end_s, middles_s, vectors)


HEARD = Voices(20.0, (voice(0, 1.0, 5.0), voice(0, 5.4, 8.0), voice(1, 10.0, 14.0), voice(0, 18.0, 19.9)))


def test_turns_go_on_across_the_short_pauses_of_one_person():
    assert joined([(0.05, 1.0), (1.6, 2.0), (4.0, 4.9)], "s1", 5.0) == [Turn("s1", 0.0, 2.2), Turn("s1", 3.9, 5.0)]
    assert joined([], "s1", 5.0) == []


def test_everybody_is_heard_as_one_conversation():
    said = said_turns(HEARD, VoiceSettings())
    assert [(turn.speaker, turn.start_s) for turn in said[:3]] == [("s1", 0.9), ("s1", 17.9), ("s2", 9.9)]
    assert said[0].end_s == pytest.approx(8.2)


def test_it_is_compared_with_saying_that_one_person_speaks(tmp_path):
    turns = [Turn("ann", 1.0, 8.0), Turn("ben", 10.0, 14.0), Turn("ann", 18.0, 20.0)]
    result = judge("day", {tmp_path / "day.flac": turns}, [HEARD], VoiceSettings())
    assert result.error.rate == 0.0
    assert result.one_speaker.confusion == pytest.approx(3.5 / 11.5, abs=1e-3)
    assert result.segmenter.missed > 0
    assert result.always_one_speaker.false_alarm > result.one_speaker.false_alarm
    (recording,) = result.recordings
    assert (recording.recording, recording.people, recording.found) == ("day", 2, 2)
    console = Console(width=80)
    with console.capture() as printed:
        console.print(as_table(result))
    assert "one for all" in printed.get()


@pytest.mark.parametrize("names", [(), ("day.rttm",), ("day.flac",), ("day.flac", "night.rttm")])
def test_a_folder_without_annotated_recordings_is_refused(names, tmp_path):
    for name in names:
        (tmp_path / name).write_text("SPEAKER other 1 0 1 <NA> <NA> ann <NA> <NA>\n", encoding="utf-8")
    with pytest.raises(DataError, match="RTTM"):
        measure(tmp_path)


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(DataError, match="is no folder"):
        measure(tmp_path / "nowhere")
