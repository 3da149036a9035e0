import pytest

from edge.wire.affect import COORDINATES, expected_affect
from model.emotions import EKMAN_LABELS


def test_every_label_of_the_network_has_its_published_place():
    assert set(COORDINATES) == set(EKMAN_LABELS)
    sure = expected_affect({"anger": 1.0})
    assert sure is not None
    assert (sure.valence, sure.arousal) == (-0.51, 0.59)
    assert sure.derived is True
    assert "10.1016/0092-6566(77)90037-X" in sure.source


def test_affect_is_the_expectation_under_the_probabilities():
    mixed = expected_affect({"joy": 0.5, "sadness": 0.5})
    assert mixed is not None
    assert mixed.valence == pytest.approx((0.76 - 0.63) / 2, abs=1e-3)
    assert mixed.arousal == pytest.approx((0.48 - 0.27) / 2, abs=1e-3)


def test_labels_without_a_published_place_have_no_affect():
    assert expected_affect({"joy": 0.5, "frustration": 0.5}) is None
