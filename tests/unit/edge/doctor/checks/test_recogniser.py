"""The recogniser: whether it could be made, and what `auto` would do."""

import pytest

from edge.doctor import transcriber
from edge.doctor.check import State
from edge.doctor.checks.recogniser import RecogniserCheck, judge
from edge.doctor.examination import examine
from model.errors import PartMissingError
from realtime.parts import PartChoice


async def test_pocketsphinx_is_always_there():
    [finding] = await examine(RecogniserCheck(PartChoice(part="pocketsphinx")))
    assert finding.state is State.OK


async def test_weights_that_are_not_there_are_a_problem(tmp_path, monkeypatch):
    monkeypatch.setenv("UNDERTONE_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    choice = PartChoice.model_validate({"part": "whisper", "model": "tiny.en"})
    with pytest.raises(PartMissingError) as caught:
        transcriber.make(choice)
    [finding] = await examine(RecogniserCheck(choice))
    assert (finding.state, finding.what, finding.remedy) == (
        State.PROBLEM,
        caught.value.problem,
        caught.value.remedy,
    )


def test_auto_says_what_would_be_better(tmp_path, monkeypatch):
    monkeypatch.setenv("UNDERTONE_MODELS", str(tmp_path))
    said = transcriber.make(PartChoice(part="auto"))
    assert (said["candidates"], said["refused"]) == ([], [])
    chosen, advice = judge("auto", said)
    assert (chosen.what, advice.state) == ("auto takes pocketsphinx", State.WARNING)
    assert "undertone models fetch" in advice.remedy


def test_auto_tries_what_is_here(tmp_path, monkeypatch):
    monkeypatch.setenv("UNDERTONE_MODELS", str(tmp_path))
    (tmp_path / "moonshine-base").mkdir()
    said = transcriber.make(PartChoice(part="auto"))
    assert said["candidates"] == ["moonshine-base"]
    findings = judge("auto", said | {"refused": ["whisper-large-v3 is too large for a machine without a GPU"]})
    assert [finding.state for finding in findings] == [State.OK, State.WARNING]
    assert "moonshine-base" in findings[0].what
