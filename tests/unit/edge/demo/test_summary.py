"""What the demo says when it ends."""

import pytest
from rich.console import Console

from edge.app import RunReport
from edge.demo.hearing import Hearing
from edge.demo.scoring import HeardUtterance, score_demo
from edge.demo.script import read_spoken_script
from edge.demo.summary import WHOLE, as_json, as_table
from realtime.pipeline import StepStatistics
from realtime.protocols import SourceInfo
from realtime.stages.converse import Tally
from realtime.worker import Counters


def said(*, ended: str = WHOLE, fast: bool = False, dropped: int = 0) -> str:
    script = read_spoken_script()
    heard = [
        HeardUtterance(spoken.start_s, spoken.end_s, spoken.line.speaker, spoken.line.text, spoken.line.emotion)
        for spoken in script
    ]
    latencies = [dict.fromkeys(("endpoint", "transcribe", "encode", "analyse", "queue", "total"), 10.0)]
    hearing = Hearing(messages={"emotion": 24}, latencies_ms=latencies, ended=ended)
    steps = {"converse": StepStatistics(Counters(), deepest=1, dropped=dropped, joined=0)}
    report = RunReport(SourceInfo("conversation.flac", 4), steps, Tally(transcripts=24, ready_ahead=23))
    summary = as_json(hearing, report, score_demo(heard, script), ready_s=4.2, fast=fast)
    console = Console(width=160)
    with console.capture() as capture:
        console.print(as_table(summary))
    return capture.get()


def test_a_whole_run_is_told_with_counts_latencies_and_baselines():
    text = said()
    assert "24 utterances, 24 of the script's 24" in text
    assert "23 of 24 texts ready" in text
    assert "0.0% wrong" in text
    assert "100% right (always the commonest one: 29%)" in text
    assert "total 10 ms" in text
    assert "dropped" in text
    assert "nothing" in text


def test_what_was_dropped_is_told():
    assert "3 unfinished texts" in said(dropped=3)


@pytest.mark.parametrize("stop", ["stopped", ""])
def test_a_stopped_run_is_not_scored(stop):
    text = said(ended=stop)
    assert "wrong" not in text
    assert "it was stopped" in text


def test_latencies_are_quoted_at_wall_clock_speed_only():
    assert "10 ms" not in said(fast=True)
