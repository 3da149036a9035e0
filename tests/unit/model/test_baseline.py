"""What people are like at rest, and that those who turn angry are still heard."""

import numpy as np
import pytest

from model.baseline import BaselineSettings, PersonBaseline
from model.emotions import EKMAN_LABELS
from model.evidence import centred

CALM = centred(np.array([2.0, 0.0, 0.0, 0.0, 0.3, 0.2, 0.0], np.float32))
ANGRY = centred(np.array([0.0, 2.0, 0.4, 0.0, 0.0, 0.0, 0.0], np.float32))
UTTERANCE_S = 3.0


@pytest.fixture
def baseline():
    return PersonBaseline(BaselineSettings(), CALM)


def label(vector):
    return EKMAN_LABELS[int(vector.argmax())]


def said(baseline, person, vector, minutes, generator=None):
    """The vectors that come out of so many minutes of a person in one mood."""
    shakes = generator or np.random.default_rng(0)
    count = round(minutes * 60 / UTTERANCE_S)
    noise = [centred(shakes.normal(0, 0.3, 7).astype(np.float32)) for _ in range(count)]
    return [baseline.subtract(person, vector + shake, UTTERANCE_S) for shake in noise]


def test_the_first_vector_is_left_as_it_is(baseline):
    assert baseline.subtract("anna", ANGRY, UTTERANCE_S) == pytest.approx(ANGRY)


def test_a_face_that_rests_like_anger_is_not_angry_for_an_hour(baseline):
    labels = [label(vector) for vector in said(baseline, 3, ANGRY, minutes=60)]
    assert labels[0] == "anger"
    assert labels[len(labels) // 12 :].count("anger") < 0.02 * len(labels)  # after five minutes


def test_a_smile_shows_on_a_face_that_rests_like_anger(baseline):
    said(baseline, 3, ANGRY, minutes=10)
    smile = ANGRY + centred(np.array([0, 0, 0, 0, 3, 0, 0], np.float32))
    assert label(baseline.subtract(3, smile, UTTERANCE_S)) == "joy"


@pytest.mark.parametrize("minutes_before", [0.5, 5, 30])
def test_who_is_angry_for_one_minute_still_is_at_the_end_of_it(baseline, minutes_before):
    said(baseline, "anna", CALM, minutes_before)
    assert {label(vector) for vector in said(baseline, "anna", ANGRY, minutes=1)} == {"anger"}


def test_who_begins_by_being_angry_is_heard_for_half_a_minute_at_least(baseline):
    assert {label(vector) for vector in said(baseline, "anna", ANGRY, minutes=0.5)} == {"anger"}


def test_who_is_like_everybody_has_nothing_subtracted(baseline):
    for _ in range(100):
        assert baseline.subtract("anna", CALM, UTTERANCE_S) == pytest.approx(CALM, abs=1e-6)


def test_people_do_not_share_a_baseline(baseline):
    said(baseline, "anna", ANGRY, minutes=10)
    assert baseline.subtract("ben", ANGRY, UTTERANCE_S) == pytest.approx(ANGRY)


def test_the_same_calls_give_the_same_bits():
    first, second = (
        said(PersonBaseline(BaselineSettings(), CALM), "anna", ANGRY, 2, np.random.default_rng(4)) for _ in range(2)
    )
    assert np.array_equal(first, second)


def test_what_was_given_out_stays(baseline):
    vectors = said(baseline, "anna", ANGRY, minutes=1)
    copies = np.array(vectors)
    said(baseline, "anna", CALM, minutes=5)
    baseline.clear()
    assert np.array_equal(vectors, copies)


def test_vectors_stay_centred(baseline):
    assert max(abs(vector.mean()) for vector in said(baseline, "anna", ANGRY, minutes=5)) < 1e-6


def test_those_who_turn_out_to_be_one_keep_the_longer_history(baseline):
    said(baseline, "anna", CALM, minutes=0.5)
    said(baseline, "person-2", ANGRY, minutes=10)
    expected = said(PersonBaseline(BaselineSettings(), CALM), "x", ANGRY, minutes=10 + UTTERANCE_S / 60)[-1]
    baseline.merge("anna", "person-2")
    assert len(baseline) == 1
    assert label(baseline.subtract("anna", ANGRY, UTTERANCE_S)) == label(expected) != "anger"


def test_a_merge_with_a_stranger_or_oneself_changes_nothing(baseline):
    said(baseline, "anna", ANGRY, minutes=10)
    baseline.merge("anna", "nobody")
    baseline.merge("anna", "anna")
    assert len(baseline) == 1
    assert label(baseline.subtract("anna", ANGRY, UTTERANCE_S)) != "anger"


def test_who_was_merged_away_gives_the_kept_one_a_history(baseline):
    said(baseline, "person-2", ANGRY, minutes=10)
    baseline.merge("anna", "person-2")
    assert label(baseline.subtract("anna", ANGRY, UTTERANCE_S)) != "anger"


def test_the_forgotten_begin_anew(baseline):
    for forget in (lambda: baseline.forget("anna"), baseline.clear):
        said(baseline, "anna", ANGRY, minutes=10)
        forget()
        assert len(baseline) == 0
        assert baseline.subtract("anna", ANGRY, UTTERANCE_S) == pytest.approx(ANGRY)


def test_who_was_away_longest_is_forgotten_first():
    baseline = PersonBaseline(BaselineSettings(most_people=2), CALM)
    for person in ("anna", "ben", "anna", "carl"):
        baseline.subtract(person, ANGRY, 60.0)
    assert len(baseline) == 2
    assert not np.allclose(baseline.subtract("anna", ANGRY, 1.0), ANGRY)
    assert np.allclose(baseline.subtract("ben", ANGRY, 1.0), ANGRY)


@pytest.mark.parametrize(
    "vector, seconds",
    [(ANGRY[:6], 1.0), (np.full(7, np.nan, np.float32), 1.0), (ANGRY, 0.0), (ANGRY, -1.0), (ANGRY, float("nan"))],
)
def test_what_would_spoil_the_mean_is_refused(baseline, vector, seconds):
    with pytest.raises(ValueError, match="baseline"):
        baseline.subtract("anna", vector, seconds)
    assert len(baseline) == 0
