import pytest

from model.evaluation.reliability import calibration_error, expected_error, reliability


def test_decisions_are_sorted_by_their_probability():
    # fifteen bins: 0.65 lies in [9/15, 10/15), 0.9 in [13/15, 14/15), 1 in the last
    bins = reliability([0.65, 0.65, 0.61, 0.9, 1.0], [True, False, False, True, True])

    assert [(each.count, each.accuracy) for each in bins] == [(3, pytest.approx(1 / 3)), (1, 1), (1, 1)]
    assert [(each.low, each.high) for each in bins] == [(9 / 15, 10 / 15), (13 / 15, 14 / 15), (14 / 15, 1)]
    assert bins[0].confidence == pytest.approx((0.65 + 0.65 + 0.61) / 3)
    assert expected_error(bins) == pytest.approx((3 * (bins[0].confidence - 1 / 3) + 0.1 + 0) / 5)


def test_calibration_error_is_the_gap_between_confidence_and_accuracy():
    # bin [0.6, 0.667): 4 decisions of 0.65, 1 right: gap 0.4. bin [0.8, 0.867): 6 decisions of 0.85, 6 right: gap 0.15
    confidences, correct = [0.65] * 4 + [0.85] * 6, [True, False, False, False] + [True] * 6

    assert calibration_error(confidences, correct) == pytest.approx(0.4 * 0.4 + 0.6 * 0.15)
    assert calibration_error([1.0, 0.0], [True, False]) == 0
    assert calibration_error([], []) == 0


def test_what_is_no_probability_is_refused():
    for confidence in (1.2, -0.1, float("nan")):
        with pytest.raises(ValueError, match="outside"):
            reliability([confidence], [True])
    with pytest.raises(ValueError, match="1 confidences do not belong to 0 decisions"):
        reliability([0.5], [])
