"""Which cues are one utterance, what rolling captions say once, and times that go wrong."""

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from edge.captions.cue import Cue, Malformed
from edge.captions.utterances import Assembler, Ignored, Joining, Remark


def cue(start_s: float, text: str, speaker: str | None = "ann", length_s: float = 1.0, key: str | None = None) -> Cue:
    return Cue(1, start_s, start_s + length_s, speaker, tuple(text.split("|")), key)


def made(*cues: Cue | Malformed, restarts: bool = False, **joining: object) -> list:
    assembler = Assembler(Joining(**joining), restarts=restarts)
    came = count()
    return [one for found in cues for one in assembler.add(found, float(next(came)))] + list(assembler.rest())


def texts(*cues: Cue, **joining: object) -> list[str]:
    return [one.text for one in made(*cues, **joining)]


def test_a_sentence_in_several_cues_is_one_utterance():
    assert made(cue(0, "So what I"), cue(1.2, "wanted to say is this."), cue(2.3, "And this")) == [
        Remark(0, 2.2, "ann", "So what I wanted to say is this.", truncated=False, came_at=1.0),
        Remark(2.3, 3.3, "ann", "And this", truncated=False, came_at=2.0),
    ]


def test_what_does_not_belong_together_is_not_joined():
    assert len(made(cue(0, "So what I"), cue(1.4, "wanted"))) == 2
    assert len(made(cue(0, "So what I"), cue(1.1, "no", "bob"))) == 2
    assert len(made(cue(0, "So what I"), cue(1.1, "wanted", None))) == 2
    assert len(made(cue(0, "Yes."), cue(1.0, "No"))) == 2
    assert len(made(cue(0, "So what I"), cue(1.1, "wanted"), join_gap_s=0)) == 2
    assert texts(cue(0, "aaa bbb"), cue(1, "ccc"), cue(2, "ddd"), join_characters=11) == ["aaa bbb ccc", "ddd"]


def test_rolling_captions_say_each_line_once():
    rolling = [
        cue(0.0, "|hello world", None, 2.0),
        cue(2.0, "hello world|", None, 0.01),
        cue(2.01, "hello world|how are", None, 2.0),
        cue(4.01, "how are|", None, 0.01),
        cue(4.02, "how are|you all", None, 2.0),
    ]
    assert texts(*rolling) == ["hello world how are you all"]


def test_what_people_say_twice_is_said_twice():
    assert texts(cue(0, "Yes."), cue(1, "Yes."), cue(5, "No.|Yes."), cue(20, "Yes.")) == [
        "Yes.",
        "Yes.",
        "No. Yes.",
        "Yes.",
    ]


def test_sounds_and_nothing_are_no_utterances():
    assert texts(cue(0, ""), cue(1, "[Music]"), cue(2, "♪♪"), cue(3, "..."), cue(4, "[sighs] Well.")) == ["Well."]


def test_a_long_text_is_cut_between_words_and_says_so():
    (remark,) = made(cue(0, "word " * 100), longest_characters=22)
    assert (remark.text, remark.truncated) == ("word word word word", True)
    (solid,) = made(cue(0, "x" * 100), longest_characters=22)
    assert (len(solid.text), solid.truncated) == (22, True)


def test_people_who_talk_at_once_are_taken_in_the_order_of_the_file():
    assert [one.start_s for one in made(cue(10, "One."), cue(8, "Two.", "bob"), cue(9, "Three."))] == [10, 8, 9]


def test_a_recording_whose_times_jump_back_is_malformed_after_what_was_before():
    first, wrong = made(cue(100, "One"), cue(50, "two"))
    assert first.text == "One"
    assert wrong == Malformed(1, "the start is 50 s before that of an earlier cue")


def test_live_a_clock_that_begins_anew_goes_on():
    remarks = made(cue(100, "One."), cue(0, "Two."), cue(5, "Three."), restarts=True)
    assert [(one.start_s, one.end_s) for one in remarks] == [(100, 101), (101, 102), (106, 107)]


def test_the_same_id_again_replaces_what_waits_and_nothing_that_was_said():
    found = made(cue(0, "helo", key="1"), cue(0, "Hello.|", key="1"), cue(2, "So", key="2"), cue(0, "late", key="1"))
    assert [one.text for one in found if isinstance(one, Remark)] == ["Hello.", "So"]
    assert [type(one) for one in found] == [Remark, Ignored, Remark]


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("ab "), st.sampled_from(["x", "y.", "|", "[z]", "w|v"]))))
def test_no_word_is_lost_or_said_in_another_order(steps):
    start_s, cues = 0.0, []
    for gap_s, speaker, text in steps:
        start_s += gap_s + 1.2  # two that touch may be one that rolls
        cues.append(cue(start_s, text, speaker))
    wanted = [row for one in cues for row in one.rows if row not in {"", "[z]"}]
    assert " ".join(texts(*cues)).split() == wanted
