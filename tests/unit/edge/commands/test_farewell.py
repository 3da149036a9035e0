"""The last line of a run."""

from collections import deque

import pytest

from edge.app import RunReport
from edge.commands.farewell import farewell
from realtime.pipeline import StepStatistics
from realtime.protocols import SourceInfo
from realtime.stages.converse import Tally
from realtime.worker import Counters


def step(processed: int, failed: int = 0, dropped: int = 0) -> StepStatistics:
    return StepStatistics(Counters(processed, failed, 0.0, deque()), 0, dropped, 0)


def report(*, words: bool, camera: bool) -> RunReport:
    steps = {"transcribe": step(50, failed=1, dropped=3), "publish": step(20)}
    steps |= {"face": step(90, dropped=4)} if camera else {}
    return RunReport(SourceInfo("a", 0 if words else 1, words=words), steps, Tally(transcripts=10, lost=2), 4.0)


@pytest.mark.parametrize(
    "words, fast, line",
    [
        (False, True, "stopped: 20 events published, 3 unfinished texts dropped, 3 items lost"),
        (True, False, "stopped: 10 utterances in 4.0 s, 20 events published, 3 items lost"),
        (True, True, "stopped: 10 utterances in 4.0 s (2 per second), 20 events published, 3 items lost"),
    ],
)
def test_it_says_what_became_of_everything(words, fast, line):
    assert farewell(report(words=words, camera=False), fast=fast) == line


@pytest.mark.parametrize("words", [False, True])
def test_pictures_are_counted_whatever_was_listened_to(words):
    line = farewell(report(words=words, camera=True), fast=False)
    assert line.endswith(", 90 pictures looked at and 4 dropped")
