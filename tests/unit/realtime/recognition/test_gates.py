"""What a batch recogniser says where nobody spoke does not pass."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.recognition.gates import Evidence, GateSettings, Rejection, compression_ratio, most_repeats, rejection

GATES = GateSettings()
OPEN = GateSettings(
    no_speech_probability=None,
    least_log_probability=None,
    most_compression=None,
    most_repeats=None,
    most_characters_per_s=None,
    words_only=False,
)


def judged(text, heard_s=5.0, mean=-0.3, silence=0.1, gates=GATES):
    return rejection(Evidence(text, heard_s, mean, silence), gates)


@pytest.mark.parametrize(
    "text",
    [
        "We won, at last.",
        "No, no, no, no!",
        "42",
        "Да, конечно.",
        "我们赢了",
        "She said [inaudible] and left (laughs).",
        "ha ha ha ha",
    ],
)
def test_what_people_say_passes(text):
    assert judged(text) is None


def test_sureness_passes_in_spite_of_silence_and_silence_in_spite_of_doubt_does_not():
    assert judged("Yes.", mean=-0.9, silence=0.95) is None
    assert judged("Yes.", mean=-1.1, silence=0.55) is None
    assert judged("Yes.", mean=-1.1, silence=0.65) is Rejection.NO_SPEECH


def test_a_text_that_nobody_would_bet_on_is_rejected_also_by_recognisers_without_silence():
    assert judged("Thanks for watching!", mean=-1.4, silence=None) is None
    assert judged("Thanks for watching!", mean=-1.6, silence=None) is Rejection.IMPROBABLE
    assert judged("Thanks for watching!", mean=math.nan, silence=None) is Rejection.IMPROBABLE
    assert judged("Thanks for watching!", mean=None, silence=None) is None


def test_loops_are_rejected():
    sentence = "I'm going to the store to get some more of it. "
    assert judged(sentence * 6, heard_s=30.0) is Rejection.COMPRESSIBLE
    assert judged("Thank you. " * 6) is not None
    assert judged("Thank you. " * 6, gates=GATES.model_copy(update={"most_compression": None})) is Rejection.REPEATED
    assert judged("you " * 5) is None


def test_more_than_anybody_can_say_is_rejected():
    text = "The committee will come to order and hear the first of its many witnesses today."
    assert judged(text, heard_s=4.0) is None
    assert judged(text, heard_s=1.5) is Rejection.TOO_FAST


@pytest.mark.parametrize("text", ["...", " . ", "[Music]", "(soft music playing)", "♪ la la la ♪", "*sighs*", "_", "-"])
def test_punctuation_and_bracketed_sounds_are_no_words(text):
    assert judged(text) is Rejection.NO_WORDS


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_nothing_is_not_rejected_because_there_is_nothing_to_reject(text):
    assert judged(text, mean=math.nan, silence=1.0) is None


@pytest.mark.parametrize("text, times", [("", 0), ("one", 1), ("no, NO no.", 3), ("a b a b a", 2), ("x y x y x y", 3)])
def test_repeats_are_counted_whatever_the_phrase_is_long(text, times):
    assert most_repeats(text) == times


def test_compression_is_counted_as_whisper_does():
    from whisper.utils import compression_ratio as whispers

    for text in ("a", "Thank you. " * 20, "Größe, 我们"):
        assert compression_ratio(text) == whispers(text)


@given(
    st.text(max_size=300), st.floats(0.1, 60.0), st.none() | st.floats(max_value=0.0), st.none() | st.floats(0.0, 1.0)
)
def test_open_gates_let_everything_pass_and_no_text_breaks_one(text, heard_s, mean, silence):
    assert rejection(Evidence(text, heard_s, mean, silence), OPEN) is None
    assert rejection(Evidence(text, heard_s, mean, silence), GATES) in {None, *Rejection}
