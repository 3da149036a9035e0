"""Telling people apart by voice: only where that is asked for, and really."""

import pytest

from edge.doctor.check import State
from edge.doctor.checks.speakers import SpeakersCheck
from realtime.parts import PartChoice


async def test_speakers_by_channel_need_no_voices():
    [finding] = await SpeakersCheck(PartChoice(part="channel")).look()
    assert finding.state is State.SKIPPED


def test_a_voice_is_compared_and_the_enrolled_are_counted(tmp_path, monkeypatch):
    pytest.importorskip("resemblyzer", reason="needs the extra that tells voices apart")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    from edge.doctor.voices import compare

    said = compare()
    assert said["enrolled"] == 0
    assert said["took_ms"] > 0
