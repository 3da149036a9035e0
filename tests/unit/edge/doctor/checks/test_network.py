"""The network: what reading shows, and what a broken checkpoint says."""

import pytest

from edge.doctor.check import State
from edge.doctor.checks.network import Read, judge
from model.errors import CheckpointError


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


def test_a_checkpoint_that_is_not_there_is_refused(tmp_path):
    from edge.doctor.reading import read

    with pytest.raises(CheckpointError, match="no checkpoint") as caught:
        read(tmp_path)
    assert caught.value.remedy
