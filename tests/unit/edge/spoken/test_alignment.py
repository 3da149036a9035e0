"""Alignments small enough to draw on paper, and what holds for all of them."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.demo.scoring import HeardUtterance
from edge.spoken.alignment import Alignment, align, understand
from model.conversation import Conversation, Pair, Utterance


@dataclass(frozen=True)
class Stretch:
    start_s: float
    end_s: float


SAID = (Stretch(1.0, 3.0), Stretch(4.0, 6.0), Stretch(7.0, 9.0))


def hear(start_s: float, end_s: float, emotion: str = "neutral", causes: tuple[int, ...] = ()) -> HeardUtterance:
    return HeardUtterance(start_s, end_s, "speaker-1", "words", emotion, causes)


def written(utterances: int) -> Conversation:
    return Conversation("c", tuple(Utterance(str(n), n, "ann", "words") for n in range(utterances)))


def understood(*heard: HeardUtterance) -> tuple[tuple[str, ...] | None, set[tuple[int, int]], int]:
    """Emotions, pairs and the number of links without a place."""
    said, unplaced = understand(written(len(SAID)), heard, align(heard, SAID))
    return said.emotions, {(pair.emotion, pair.cause) for pair in said.pairs or ()}, unplaced


@pytest.mark.parametrize(
    "heard,places,carriers",
    [
        ([(1.1, 2.9), (4.0, 6.0), (7.2, 9.4)], (0, 1, 2), (0, 1, 2)),
        ([], (), (None, None, None)),
        ([(3.0, 4.0)], (None,), (None, None, None)),  # touching is not sharing
        ([(3.2, 3.8), (4.1, 5.0)], (None, 1), (None, 1, None)),
        ([(1.0, 1.5), (1.8, 3.0), (4.0, 6.0)], (0, 0, 1), (1, 2, None)),  # cut in two: the longer half speaks
        ([(1.0, 2.0), (2.0, 3.0)], (0, 0), (0, None, None)),  # equal halves: the earlier
        ([(1.0, 5.5)], (0,), (0, None, None)),  # joined: to the one it covers more of
        ([(1.5, 6.0)], (1,), (None, 0, None)),
        ([(2.0, 5.0)], (0,), (0, None, None)),  # as much of either: the earlier
        ([(7.0, 9.0), (1.0, 3.0)], (2, 0), (1, None, 0)),  # in any order
        ([(2.9, 4.4), (4.5, 6.0)], (1, 1), (None, 1, None)),
        ([(2.0, 2.0)], (None,), (None, None, None)),  # nothing was heard of nothing
    ],
)
def test_alignment_by_time(heard, places, carriers):
    assert align([Stretch(*times) for times in heard], SAID) == Alignment(places, carriers)


def test_an_utterance_without_sound_is_missed():
    assert align([Stretch(0.0, 2.0)], [Stretch(1.0, 1.0), Stretch(1.5, 2.0)]) == Alignment((1,), (None, 0))


def test_what_was_heard_of_one_utterance_comes_in_order():
    alignment = align([Stretch(4.0, 4.5), Stretch(1.0, 3.0), Stretch(5.0, 6.0)], SAID)
    assert [alignment.heard_as(number) for number in range(3)] == [(1,), (0, 2), ()]


stretches = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda t: Stretch(t[0] / 4, (t[0] + t[1]) / 4)), max_size=8
)


@given(stretches, stretches)
def test_the_counts_add_up(heard, said):
    alignment = align(heard, said)
    assert len(alignment.places) == len(heard)
    assert len(alignment.carriers) == len(said)
    assert alignment.found + alignment.missed == len(said)
    pieces = [alignment.heard_as(number) for number in range(len(said))]
    assert sum(map(len, pieces)) + alignment.spurious == len(heard)
    assert len({position for piece in pieces for position in piece}) == sum(map(len, pieces))


@given(stretches, stretches)
def test_nothing_shares_more_time_than_what_was_chosen(heard, said):
    def shared(one, other):
        return max(0.0, min(one.end_s, other.end_s) - max(one.start_s, other.start_s))

    alignment = align(heard, said)
    for item, place in zip(heard, alignment.places, strict=True):
        best = max((shared(item, spoken) for spoken in said), default=0.0)
        assert (place is None) == (best == 0.0)
        assert place is None or shared(item, said[place]) == best
    for number, carrier in enumerate(alignment.carriers):
        pieces = alignment.heard_as(number)
        assert (carrier is None) == (not pieces)
        assert carrier is None or shared(heard[carrier], said[number]) == max(
            shared(heard[position], said[number]) for position in pieces
        )


def test_a_perfect_hearing_is_taken_over():
    heard = (hear(1, 3, "joy", (0,)), hear(4, 6, "anger", (0, 1)), hear(7, 9))
    assert understood(*heard) == (("joy", "anger", "neutral"), {(0, 0), (1, 0), (1, 1)}, 0)


def test_what_was_missed_is_neutral_and_causes_nothing():
    assert understood(hear(7, 9, "joy", (0,))) == (("neutral", "neutral", "joy"), {(2, 2)}, 0)


def test_of_an_utterance_cut_in_two_the_longer_half_says_the_emotion_and_both_say_the_causes():
    heard = (hear(1, 3), hear(4, 4.5, "sadness", (0,)), hear(4.6, 6, "anger", (1,)), hear(7, 9, "joy", (1, 2)))
    assert understood(*heard) == (("neutral", "anger", "joy"), {(1, 0), (1, 1), (2, 1)}, 0)


def test_an_utterance_whose_longer_half_is_neutral_has_no_links():
    assert understood(hear(4, 4.5, "sadness", (0,)), hear(4.6, 6)) == (("neutral",) * 3, set(), 0)


def test_links_to_and_from_what_nobody_said_have_no_place():
    heard = (hear(3.2, 3.6, "fear", (0,)), hear(4, 6, "anger", (0, 1)))
    assert understood(*heard) == (("neutral", "anger", "neutral"), {(1, 1)}, 2)


def test_the_annotated_words_stay_and_the_annotated_labels_do_not():
    annotated = Conversation("c", written(3).utterances, ("joy",) * 3, frozenset({Pair(0, 0)}))
    said, _ = understand(annotated, (), align((), SAID))
    assert said == Conversation("c", annotated.utterances, ("neutral",) * 3, frozenset())
