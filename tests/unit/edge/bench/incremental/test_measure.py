"""A whole measurement, small: what is measured agrees, and everything promised is in it."""

import json

import pytest
import torch

from edge.bench.incremental.compiled import compiled, missing_compiler
from edge.bench.incremental.conversation import RandomConversation
from edge.bench.incremental.measure import Measurement
from edge.bench.incremental.picture import draw
from edge.bench.incremental.report import as_tables
from edge.bench.incremental.results import BenchResult
from edge.bench.incremental.settings import Settings
from edge.bench.incremental.subject import LEAST_THRESHOLD, Subject, looking_ahead, shipped
from edge.bench.incremental.windowed import WindowedRerun
from model.checkpoint import load
from model.decision import Decision
from model.evaluation.machine import this_machine
from model.graph import GraphRules
from tests.strategies import FEATURES, untrained

RULES = {"past": 2, "cross_task_past": 1, "round_past": 1, "cause_past": 3}
SETTINGS = Settings(sizes=(3, 40), steps=3, full_s=0.001, lanes=(1, 2), threads=1, warm_up=1)


@pytest.fixture(scope="module")
def result():
    watched = []

    def measure(ahead):
        subject = Subject(untrained(GraphRules(**RULES, ahead=ahead)), Decision(link_threshold=LEAST_THRESHOLD), ())
        return Measurement(subject, SETTINGS, lambda *said: watched.append(said), compiling=False)

    causal = measure(0)
    memory = causal.memory()
    done = BenchResult(causal.times(), measure(1).times(), tuple(memory), this_machine(), SETTINGS)
    assert all(0 <= part <= whole for _, part, whole in watched)
    return done


def test_the_json_has_what_is_promised(result):
    said = json.loads(json.dumps(result.as_json()))
    assert {"rows", "batched", "memory_mb", "machine", "horizon2", "settings"} <= said.keys()
    for measured in (said, said["horizon2"]):
        assert [row["n"] for row in measured["rows"]] == [3, 40]
        assert [row["lanes"] for row in measured["batched"]] == [1, 2]
        for row in measured["rows"]:
            assert min(row["full_ms"], row["windowed_ms"], row["incremental_ms"]) > 0
            assert row["compiled_ms"] is None
            assert row["full_repeats"] == 3
            assert max(row["max_deviation"], row["windowed_max_deviation"]) <= 1e-5
    assert said["horizon2"]["network"]["emotion_horizon"] == 2
    assert [held["n"] for held in said["memory_mb"]] == [3, 40]


def test_people_get_tables_and_pictures(result, tmp_path, capsys):
    from rich.console import Console

    Console(width=80).print(as_tables(result))
    printed = capsys.readouterr().out
    assert "strictly causal" in printed
    assert "one ahead per layer" in printed
    draw(result, [tmp_path / "it.svg", tmp_path / "it.png"])
    assert (tmp_path / "it.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert (tmp_path / "it.png").stat().st_size > 10_000


def test_the_network_that_looks_ahead_has_the_shipped_parameters_but_for_the_wider_tables():
    checkpoint = load()
    causal, ahead = shipped(checkpoint), looking_ahead(checkpoint, seed=1)
    same, again = causal.network.state_dict(), looking_ahead(checkpoint, seed=1).network.state_dict()
    assert ahead.network.settings.emotion_horizon == 2
    assert all("intra.position" in name for name in ahead.drawn)
    assert len(ahead.drawn) == 2 * checkpoint.network.settings.layers
    for name, values in ahead.network.state_dict().items():
        assert torch.equal(values, again[name] if name in ahead.drawn else same[name])


def test_a_missing_compiler_is_named_with_the_package_that_helps(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert "no-such-compiler" in missing_compiler()
    assert "apt-get install -y g++" in missing_compiler()
    monkeypatch.setenv("CXX", "true")
    assert missing_compiler() is None


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(missing_compiler() is not None, reason="needs a C++ compiler")
def test_compiled_it_says_the_same():
    rerun = WindowedRerun(untrained(GraphRules(**RULES, ahead=1)), Decision(), 40)
    conversation = RandomConversation.of(40, FEATURES, seed=0)
    rows = rerun.rows.layers[0]
    given = conversation.features[-rows:], rerun.places(conversation)[-rows:]
    with torch.inference_mode():
        for ours, theirs in zip(compiled(rerun)(*given), rerun(*given), strict=True):
            torch.testing.assert_close(ours, theirs)
