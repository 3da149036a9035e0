"""Scores of hearings made by hand, small enough to check with a pencil."""

import pytest

from edge.demo.scoring import HeardUtterance, LinkScore, count_word_errors, match_by_time, score_demo, split_words
from edge.demo.script import ScriptLine, SpokenLine, read_spoken_script


def write_line(number: int, speaker: str, text: str, emotion: str, *causes: int) -> SpokenLine:
    """Line n is spoken from second 2n to second 2n + 1."""
    line = ScriptLine(number, speaker, 0, "slt", text, 1.0, emotion, causes)
    return SpokenLine(line, 2.0 * number, 2.0 * number + 1)


SCRIPT = (
    write_line(1, "Ann", "Hey you guys.", "neutral"),
    write_line(2, "Ann", "I got the job!", "joy", 2),
    write_line(3, "Bob", "That's great!", "joy", 2, 3),
    write_line(4, "Bob", "You are leaving?", "surprise", 3),
    write_line(5, "Ann", "I'm so sorry.", "neutral"),
)


def hear(
    line: SpokenLine, speaker: str | None = None, text: str | None = None, emotion: str | None = None, causes=None
):
    """Hear a line as it is, but for what is given."""
    return HeardUtterance(
        line.start_s,
        line.end_s,
        line.line.speaker if speaker is None else speaker,
        line.line.text if text is None else text,
        line.line.emotion if emotion is None else emotion,
        tuple(cause - 1 for cause in line.line.causes) if causes is None else causes,
    )


def test_a_perfect_hearing_of_the_bundled_script_is_perfect_and_beats_its_baselines():
    script = read_spoken_script()
    score = score_demo([hear(line) for line in script], script)
    assert score.found_fraction == score.speaker_accuracy == score.emotion_accuracy == 1
    assert score.word_error_rate == 0
    assert score.links.precision == score.links.recall == score.links.f1 == 1
    assert score.majority_emotion == "neutral"
    assert score.majority_emotion_accuracy < 0.35
    assert score.self_links.f1 < 0.6
    assert score.self_links.correct_elsewhere == 0


def test_every_figure_of_a_faulty_hearing():
    heard = [
        hear(SCRIPT[0], speaker="0"),
        hear(SCRIPT[1], speaker="0", text="i got a job", causes=(1, 0)),  # one word wrong; one link right, one wrong
        hear(SCRIPT[2], speaker="1", emotion="neutral", causes=(1,)),  # right link to another utterance
        HeardUtterance(8.0, 8.4, "1", "you are", "anger", (2,)),  # IoU 0.4: no line, so its link is wrong too
        hear(SCRIPT[4], speaker="1"),  # the wrong speaker
    ]
    score = score_demo(heard, SCRIPT)
    assert (score.lines, score.heard, score.found) == (5, 5, 4)
    assert score.words == 15
    assert score.word_errors == 1 + 2 + 3  # wrong, invented, missing
    assert score.word_error_rate == pytest.approx(6 / 15)
    assert score.speaker_accuracy == 3 / 4
    assert score.emotion_accuracy == 3 / 4
    assert score.majority_emotion == "neutral"
    assert score.majority_emotion_accuracy == 2 / 4
    assert score.links == LinkScore(given=4, correct=2, expected=4, correct_elsewhere=1)
    assert score.links.precision == score.links.recall == score.links.f1 == 0.5
    assert score.self_links == LinkScore(given=4, correct=2, expected=4, correct_elsewhere=0)


def test_hearing_nothing_scores_zero_and_misses_every_word():
    score = score_demo([], SCRIPT)
    assert score.found_fraction == score.emotion_accuracy == score.links.precision == score.links.f1 == 0
    assert score.word_error_rate == 1


def test_links_are_translated_when_positions_differ():
    noise = HeardUtterance(0.0, 0.5, "9", "", "neutral")
    heard = [noise, hear(SCRIPT[1], causes=(1,)), hear(SCRIPT[2], causes=(1, 2))]
    assert score_demo(heard, SCRIPT).links == LinkScore(given=3, correct=3, expected=4, correct_elsewhere=1)


def test_one_speaker_for_all_is_right_only_for_the_one_who_speaks_most():
    heard = [hear(line, speaker="unknown") for line in SCRIPT]
    assert score_demo(heard, SCRIPT).speaker_accuracy == 3 / 5


def test_the_better_overlap_wins_and_each_line_is_found_once():
    late = HeardUtterance(2.3, 3.0, "0", "", "neutral")
    exact = HeardUtterance(2.0, 3.0, "0", "", "neutral")
    assert match_by_time([late, exact], SCRIPT) == {1: 0}


def test_an_overlap_of_exactly_one_half_is_enough():
    assert match_by_time([HeardUtterance(2.0, 2.5, "0", "", "neutral")], SCRIPT) == {0: 0}


@pytest.mark.parametrize(
    "expected,heard,errors",
    [("", "", 0), ("a b c", "a b c", 0), ("a b c", "a c", 1), ("a", "b a c", 2), ("a b", "c d", 2), ("a b c", "", 3)],
)
def test_word_errors(expected, heard, errors):
    assert count_word_errors(expected.split(), heard.split()) == errors
    assert count_word_errors(heard.split(), expected.split()) == errors


def test_words_are_compared_without_case_and_punctuation():
    assert split_words("I don't -- 'really' -- KNOW, it\N{RIGHT SINGLE QUOTATION MARK}s 5!") == [
        "i",
        "don't",
        "really",
        "know",
        "it's",
        "5",
    ]
