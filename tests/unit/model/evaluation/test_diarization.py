"""The diarization error rate, on examples worked out by hand."""

import pytest

from model.evaluation.diarization import DiarizationError, Turn, diarization_error


def error(annotated, said, length_s=20.0, collar_s=0.0):
    return diarization_error([Turn(*turn) for turn in annotated], [Turn(*turn) for turn in said], length_s, collar_s)


def assert_seconds(found, scored, missed, false_alarm, confusion):
    assert [found.scored_s, found.missed_s, found.false_alarm_s, found.confusion_s] == pytest.approx(
        [scored, missed, false_alarm, confusion]
    )


def test_names_do_not_matter():
    found = error([("ann", 0, 5), ("ben", 5, 9)], [("s2", 0, 5), ("s1", 5, 9)])
    assert_seconds(found, 9, 0, 0, 0)
    assert found.rate == 0.0


def test_what_is_missed_invented_and_confused_is_told_apart():
    # ann 0-10, ben 10-16; said: s1 0-8, s2 9-18. Missed 8-9, confused 9-10, invented 16-18.
    found = error([("ann", 0, 10), ("ben", 10, 16)], [("s1", 0, 8), ("s2", 9, 18)])
    assert_seconds(found, 16, 1, 2, 1)
    assert found.rate == pytest.approx(4 / 16)


def test_one_name_for_all_is_that_of_who_speaks_longest():
    assert_seconds(error([("ann", 0, 6), ("ben", 6, 10)], [("everybody", 0, 10)]), 10, 0, 0, 4)


def test_each_of_two_people_at_once_counts():
    # Both speak 4-6: of four scored seconds there two are missed.
    assert_seconds(error([("ann", 0, 6), ("ben", 4, 10)], [("s1", 0, 5), ("s2", 5, 10)]), 12, 2, 0, 0)


def test_names_are_assigned_for_the_whole_recording_and_one_to_one():
    # Greedy would give s1 to ann (5 s); the best shares 4 + 4 seconds.
    annotated = [("ann", 0, 5), ("ann", 5, 9), ("ben", 9, 13)]
    said = [("s1", 0, 5), ("s2", 5, 9), ("s1", 9, 13)]
    assert_seconds(error(annotated, said), 13, 0, 0, 5)


def test_nobody_is_right_to_be_called_unknown():
    assert_seconds(error([("ann", 0, 4)], [("unknown", 0, 4)]), 4, 0, 0, 4)


def test_a_collar_around_annotated_boundaries_is_not_scored():
    # Scored: 0-3.75, 4.25-7.75, 8.25-20. The change at 4 is said half a second late, of which 0.25 s count.
    found = error([("ann", 0, 4), ("ben", 4, 8)], [("s1", 0, 4.5), ("s2", 4.5, 8.2)], collar_s=0.25)
    assert_seconds(found, 3.5 + 3.5, 0, 0, 0.25)


def test_one_person_annotated_twice_at_a_time_is_one():
    assert_seconds(error([("ann", 0, 4), ("ann", 2, 6)], [("s1", 0, 6)]), 6, 0, 0, 0)


@pytest.mark.parametrize("said, rate", [([], 1.0), ([("s1", 0, 4)], 0.0)])
def test_silence_misses_everything(said, rate):
    assert error([("ann", 0, 4)], said).rate == rate


def test_where_nothing_is_annotated_everything_said_is_a_false_alarm():
    found = error([], [("s1", 1, 3)])
    assert_seconds(found, 0, 0, 2, 0)
    assert found.rate == 0.0


def test_recordings_add_up():
    total = DiarizationError(10, 1, 2, 3) + DiarizationError(30, 0, 1, 1)
    assert_seconds(total, 40, 1, 3, 4)
    assert total.rate == pytest.approx(0.2)
