import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.conversation import Conversation, Utterance
from model.evaluation.corruption import Fault, _spoil, corrupt
from tests.annotated import conversation


def spoken(*texts: str) -> Conversation:
    utterances = tuple(Utterance(str(i), i, "A", text) for i, text in enumerate(texts))
    return replace(conversation(["joy"] * len(texts), [(0, 0)]), utterances=utterances)


def texts(conversations):
    return [utterance.text for each in conversations for utterance in each.utterances]


def test_a_tenth_of_the_words_goes_wrong_in_four_ways_equally_often():
    # 400 different words, 100 to 499, which no misspelling turns into each other: 40 faults, ten of each kind
    numbers = [" ".join(map(str, range(first, first + 5))) for first in range(100, 500, 5)]
    clean = [spoken(*numbers[first : first + 8]) for first in range(0, 80, 8)]
    before, after = texts(clean), texts(corrupt(clean, 0.1, seed=1))
    words, known = [text.split() for text in after], {word for text in before for word in text.split()}

    foreign = [word for text in words for word in text if word not in known]
    repeated = [word for word, times in Counter(word for text in words for word in text).items() if times > 1]
    assert len(known) == 400
    assert sum(map(len, words)) == 390
    assert len(foreign) == 10
    assert 8 <= len(repeated) <= 10  # a word that replaces another may itself have gone wrong elsewhere
    assert sum(a != b for a, b in zip(before, after, strict=True)) <= 40


def test_only_texts_change_and_a_seed_changes_them_in_the_same_way_again():
    clean = [spoken("what a lovely day", "is it not"), replace(spoken("no", ""), id="2")]
    spoilt = corrupt(clean, 0.5, seed=7)

    assert spoilt == corrupt(clean, 0.5, seed=7)
    assert texts(spoilt) != texts(clean)
    assert texts(spoilt) != texts(corrupt(clean, 0.5, seed=8))
    for dirty, pure in zip(spoilt, clean, strict=True):
        same = (replace(a, text=b.text) for a, b in zip(dirty.utterances, pure.utterances, strict=True))
        assert replace(dirty, utterances=tuple(same)) == pure


@pytest.mark.parametrize(
    "faults,expected",
    [
        ({1: Fault.DROP}, "one three"),
        ({1: Fault.REPLACE}, "one other three"),
        ({0: Fault.SWAP}, "two one three"),
        ({2: Fault.SWAP}, "one three two"),
        ({0: Fault.SWAP, 1: Fault.DROP}, "one three"),
        ({0: Fault.REPLACE, 2: Fault.SWAP}, "other three two"),
    ],
)
def test_faults_do_what_they_are_called(faults, expected):
    assert _spoil(["one", "two", "three"], faults, lambda _: "other", random.Random(0)) == expected


def test_a_misspelt_word_differs_in_one_place():
    for seed in range(50):
        spoilt = _spoil(["laughing"], {0: Fault.MISSPELL}, str, random.Random(seed))
        assert spoilt != "laughing"
        assert abs(len(spoilt) - len("laughing")) <= 1
        assert sum((Counter("laughing") - Counter(spoilt)).values()) <= 1


def test_a_word_alone_in_its_file_is_spoilt_as_well():
    for seed in range(12):
        assert texts(corrupt([spoken("no")], 1.0, seed)) != ["no"]
    assert texts(corrupt([spoken("", " ")], 1.0, 0)) == ["", " "]


@settings(deadline=None)
@given(st.lists(st.text("ab .!", max_size=12), min_size=1, max_size=4), st.floats(0, 1), st.integers(0, 9))
def test_any_text_can_be_corrupted(said, share, seed):
    spoilt = texts(corrupt([spoken(*said)], share, seed))
    assert len(spoilt) == len(said)
    if share == 0:
        assert spoilt == list(said)
