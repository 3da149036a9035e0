"""Sequences and sets of vectors."""

import numpy as np
import pytest

from realtime.voices.grouping import largest_group, likeliest_course, runs, unit


@pytest.mark.parametrize(
    "cost, expected",
    [(0.0, [0, 1, 0, 0, 1, 1]), (0.3, [0, 0, 0, 0, 1, 1]), (9.0, [0, 0, 0, 0, 0, 0])],
)
def test_a_change_must_pay_for_itself(cost, expected):
    first = np.array([0.9, 0.6, 0.9, 0.9, 0.5, 0.5])
    second = np.array([0.5, 0.7, 0.5, 0.5, 0.9, 0.8])
    assert likeliest_course(np.stack((first, second), axis=1), cost).tolist() == expected


def test_the_course_is_the_best_of_all():
    scores = np.random.default_rng(1).random((6, 3))
    courses = np.stack(np.meshgrid(*[range(3)] * 6, indexing="ij"), axis=-1).reshape(-1, 6)
    totals = scores[np.arange(6), courses].sum(axis=1) - 0.2 * (np.diff(courses, axis=1) != 0).sum(axis=1)
    assert likeliest_course(scores, 0.2).tolist() == courses[totals.argmax()].tolist()


def test_runs_are_states_and_rows():
    assert runs([2, 2, 0, 1, 1, 1]) == [(2, slice(0, 2)), (0, slice(2, 3)), (1, slice(3, 6))]
    assert runs([4]) == [(4, slice(0, 1))]


def test_the_largest_group_of_what_is_alike():
    near = unit(np.array([[1.0, 0.1, 0], [0, 1, 0], [1, 0, 0.1], [0, 0.9, 0.1], [1, 0.1, 0.1], [0, 0, 1]]))
    assert largest_group(near, 0.9).tolist() == [0, 2, 4]
    assert largest_group(near, -1.0).tolist() == [0, 1, 2, 3, 4, 5]
    assert largest_group(near[:1], 0.9).tolist() == [0]
