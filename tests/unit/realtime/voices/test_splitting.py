"""Words of a segment and who spoke them."""

import pytest

from model.conversation import UNKNOWN_SPEAKER
from realtime.events import Latency, Speaker, SpeakerKind, SpeakerTurn, Transcript, Word
from realtime.voices.splitting import by_speaker, steady


def turns(*spoken):
    return [
        SpeakerTurn(
            Speaker(name, SpeakerKind.UNKNOWN if name == UNKNOWN_SPEAKER else SpeakerKind.DIARIZED, 0.9), *times
        )
        for name, *times in spoken
    ]


def transcript(*words):
    text = tuple(Word(word, start_s, start_s + 0.4, 0.8) for word, start_s in words)
    said = " ".join(word.text for word in text) or "no times here"
    return Transcript("s7", 0, 0.1, 9.9, said, text, 0.8, "en", "test", False, True, Latency(0.0))


def parts(said, spoken):
    return [
        (part.segment, part.text, part.start_s, part.end_s, speaker.id) for part, speaker in by_speaker(said, spoken)
    ]


@pytest.mark.parametrize(
    "spoken, expected",
    [
        ([("s1", 0, 9)], [("s1", 0, 9)]),
        ([("s1", 0, 4), ("s2", 4, 4.3), ("s1", 4.3, 9)], [("s1", 0, 9)]),
        ([("s1", 0, 4), ("s2", 4, 9)], [("s1", 0, 4), ("s2", 4, 9)]),
        ([("s2", 0, 0.2), ("s1", 0.2, 4), ("s2", 4, 9)], [("s1", 0, 4), ("s2", 4, 9)]),
        ([("s1", 0, 4), (UNKNOWN_SPEAKER, 4, 6), ("s2", 6, 9)], [("s1", 0, 6), ("s2", 6, 9)]),
        ([(UNKNOWN_SPEAKER, 0, 9)], [(UNKNOWN_SPEAKER, 0, 9)]),
        ([("s1", 0, 0.3), ("s2", 0.3, 0.7)], [("s2", 0, 0.7)]),
    ],
)
def test_only_turns_that_last_are_kept_and_they_fill_the_time(spoken, expected):
    assert [(turn.speaker.id, turn.start_s, turn.end_s) for turn in steady(turns(*spoken))] == expected


def test_each_word_belongs_to_who_speaks_in_its_middle():
    said = transcript(("did", 1.0), ("you", 2.0), ("i", 2.9), ("did", 6.0))
    assert parts(said, turns(("s1", 0, 3), ("s2", 3, 9))) == [
        ("s7", "did you", 0.1, 2.4, "s1"),
        ("s7.2", "i did", 2.9, 9.9, "s2"),
    ]


def test_three_turns_are_three_parts_with_segments_of_their_own():
    said = transcript(("one", 1.0), ("two", 4.0), ("three", 7.0))
    found = parts(said, turns(("s1", 0, 3), ("s2", 3, 6), ("s1", 6, 9)))
    assert [(segment, text, speaker) for segment, text, _, _, speaker in found] == [
        ("s7", "one", "s1"),
        ("s7.2", "two", "s2"),
        ("s7.3", "three", "s1"),
    ]


def test_who_is_said_to_speak_without_a_word_says_nothing():
    said = transcript(("hello", 1.0), ("there", 1.5))
    assert parts(said, turns(("s1", 0, 3), ("s2", 3, 9))) == [("s7", "hello there", 0.1, 9.9, "s1")]


def test_without_times_it_is_who_spoke_longest():
    assert parts(transcript(), turns(("s1", 0, 3), ("s2", 3, 9))) == [("s7", "no times here", 0.1, 9.9, "s2")]
