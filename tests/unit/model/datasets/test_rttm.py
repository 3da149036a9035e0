"""Files of who speaks when."""

import pytest

from model.datasets import rttm
from model.errors import DataError
from model.evaluation.diarization import Turn

LINES = """\
SPKR-INFO day 1 <NA> <NA> <NA> unknown MÉO069 <NA> <NA>
SPEAKER day 1 1.5 0.5 <NA> <NA> MÉO069 <NA> <NA>

SPEAKER night 1 0.000 3.250 <NA> <NA> ann <NA> <NA>
SPEAKER day 1 2 1 <NA> <NA> ben <NA> <NA>
"""


def test_turns_are_gathered_by_recording(tmp_path):
    path = tmp_path / "two.rttm"
    path.write_text(LINES, encoding="utf-8")
    assert rttm.read(path) == {
        "day": [Turn("MÉO069", 1.5, 2.0), Turn("ben", 2.0, 3.0)],
        "night": [Turn("ann", 0.0, 3.25)],
    }


@pytest.mark.parametrize(
    "line, problem",
    [
        ("SPEAKER day 1 1.5 0.5", "5 fields"),
        ("SPEAKER day 1 soon 0.5 <NA> <NA> ann <NA> <NA>", "no times"),
        ("SPEAKER day 1 1.5 0 <NA> <NA> ann <NA> <NA>", "nobody speaks"),
        ("SPEAKER day 1 nan 1 <NA> <NA> ann <NA> <NA>", "nobody speaks"),
    ],
)
def test_a_broken_line_is_named(tmp_path, line, problem):
    path = tmp_path / "broken.rttm"
    path.write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(DataError, match=rf"broken\.rttm:2: .*{problem}"):
        rttm.read(path)


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(DataError, match=r"none\.rttm cannot be read"):
        rttm.read(tmp_path / "none.rttm")
