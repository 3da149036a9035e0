"""Voices and channels for the people of a written conversation, and words that a synthesiser can read."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.demo.make import speak
from edge.spoken.casting import VOICES, CastLine, Channels, Settings, assign_voices, cast, pronounceable
from model.conversation import Conversation, Utterance
from tests.unit.edge.demo.test_make import needs_flite


def conversation(*said: tuple[str, str]) -> Conversation:
    return Conversation("c", tuple(Utterance(str(n), n, speaker, text) for n, (speaker, text) in enumerate(said)))


def test_each_of_four_has_a_voice_of_their_own_and_who_speaks_most_has_the_first():
    voices = assign_voices(["ann", "ben", "ben", "cleo", "dan"])
    assert len(set(voices.values())) == 4
    assert voices["ben"] == VOICES[0]
    assert list(voices) == ["ann", "ben", "cleo", "dan"]


def test_the_fifth_shares_with_somebody_they_never_follow_nor_precede():
    voices = assign_voices(["a", "b", "a", "b", "c", "d", "c", "d", "e", "d", "a"])
    assert voices["e"] in {voices["a"], voices["b"], voices["c"]}
    assert voices["e"] != voices["d"]


@given(st.lists(st.sampled_from("abcdefghij"), max_size=40))
def test_everybody_has_a_voice_and_none_is_idle_while_two_share(speakers):
    voices = assign_voices(speakers)
    assert set(voices) == set(speakers)
    assert set(voices.values()) <= set(VOICES)
    assert len(set(voices.values())) == min(len(VOICES), len(set(speakers)))


@given(st.lists(st.sampled_from("abcd"), max_size=40))
def test_while_voices_are_enough_neighbours_differ_exactly_where_people_do(speakers):
    voices = assign_voices(speakers)
    assert all((voices[one] == voices[other]) == (one == other) for one, other in pairwise(speakers))


def test_a_conversation_is_cast_with_a_channel_for_each():
    lines = cast(conversation(("ann", "Okay , so ?"), ("ben", "..."), ("ann", "Yes .")), Settings())
    assert lines == (
        CastLine(1, 0, VOICES[0], "Okay, so?", 0.8),
        CastLine(2, 1, VOICES[1], "", 0.8),
        CastLine(3, 0, VOICES[0], "Yes.", 0.8),
    )


def test_in_mono_voices_differ_and_the_channel_does_not():
    lines = cast(conversation(("ann", "Yes"), ("ben", "No")), Settings(channels=Channels.MONO, pause_s=0.3))
    assert [(line.channel, line.voice, line.pause_s) for line in lines] == [(0, VOICES[0], 0.3), (0, VOICES[1], 0.3)]


@pytest.mark.parametrize(
    "written,read",
    [
        ("Alright . Phoebe ?", "Alright. Phoebe?"),
        (". . Excuse me ?", ".. Excuse me?"),
        ("driver\N{RIGHT SINGLE QUOTATION MARK}s", "driver's"),
        ('" If I had a wish "', "If I had a wish"),
        ("caf\N{LATIN SMALL LETTER E WITH ACUTE}\x00\n  now", "cafe now"),
        ("-t $(reboot) `x` \\ <s>", "-t $ reboot x s"),
        ("3 , 2 ,", "3, 2,"),
        ("", ""),
        (" ... !", ""),
        ("$ % & '", ""),
        ("\N{HIRAGANA LETTER A}", ""),
    ],
)
def test_what_the_synthesiser_is_given(written, read):
    assert pronounceable(written) == read


@given(st.text())
def test_whatever_is_written_plain_letters_are_read(text):
    read = pronounceable(text)
    assert read.isascii()
    assert read.isprintable()
    assert pronounceable(read) == read


@needs_flite
@pytest.mark.parametrize("text", ["Oh.", "3, 2,", "-t hello", "--help", "$5 & 10%", "'", ""])
def test_flite_says_whatever_can_be_said_also_what_looks_like_an_option(text):
    sound = speak(CastLine(1, 0, "slt", pronounceable(text), 0.0))
    assert (sound.size > 0) == bool(pronounceable(text))
