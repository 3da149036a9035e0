"""The network: what reading shows, and what a broken checkpoint says."""

import pytest

from edge.doctor.check import State, problem
from edge.doctor.checks.network import NetworkCheck, Read, judge
from edge.doctor.examination import examine


@pytest.mark.parametrize(
    "kept_at, was_kept, state, words",
    [
        ("/here", True, State.OK, "understood in 1.2 ms"),
        ("/here", False, State.OK, "just now, and is kept"),
        (None, False, State.WARNING, "anew at every start"),
    ],
)
def test_what_reading_shows(kept_at, was_kept, state, words):
    weights, step = judge(Read("mtml", "b308" * 16, 12.0, 1.2, kept_at, was_kept))
    assert (weights.state, step.state) == (State.OK, state)
    assert words in step.what


async def test_a_checkpoint_that_is_not_there_is_a_problem(tmp_path):
    [finding] = await examine(NetworkCheck(tmp_path))
    assert finding.state is State.PROBLEM
    assert str(tmp_path) in finding.what
    assert finding != problem(finding.what, "")
