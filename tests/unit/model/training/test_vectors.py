"""Learning from vectors of three modalities."""

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

pytest.importorskip("torch_geometric")

from edge.commands.app import build
from model.errors import DataError, SettingsError
from model.training.progress import Stopped
from model.training.vectors import VectorResult, VectorSettings, compare, table
from tests.tiny_training import Watcher
from tests.tiny_vectors import write_vectors

QUICK = {"epochs": 8, "batch": 30, "rate": 1e-2, "averaging": 0.5, "width": 8, "dropout": 0.0, "seeds": (1,)}
ROWS = {"voice alone": {"modalities": ["audio"]}, "all": {}, "apart": {"cross_modal": False}}


@pytest.fixture
def settings(tmp_path):
    path = write_vectors(tmp_path / "mosi.npz", train=120, test=60)
    return VectorSettings.model_validate({"vectors": path, "rows": ROWS, **QUICK})


def test_three_modalities_say_more_than_one(settings):
    watcher = Watcher()
    voice, together, apart = compare(settings, (), watcher)
    assert together.test[0] > 0.9
    assert apart.test[0] > 0.8
    assert 0.5 < voice.test[0] < 0.8
    assert watcher.steps[-1].number == watcher.steps[-1].total
    assert watcher.notes == ["row: voice alone", "row: all", "row: apart"]


def test_the_same_seed_gives_the_same(settings):
    first, again = (compare(settings, ("apart",), Watcher()) for _ in range(2))
    assert first == again
    assert [result.name for result in first] == ["apart"]


def test_it_stops_when_asked(settings):
    with pytest.raises(Stopped):
        compare(settings, (), Watcher(3))


def test_the_table_shows_means_and_spread():
    lines = table([VectorResult("all", (0.8, 0.9), (0.7, 0.7))]).splitlines()
    assert lines[0] == "|  | dev accuracy | test accuracy | seeds |"
    assert lines[2] == "| all | 0.850 ± 0.071 | 0.700 ± 0.000 | 2 |"


def test_the_command_prints_the_table_and_knows_its_rows(tmp_path, settings):
    file = tmp_path / "rows.yaml"
    file.write_text(
        f"vectors: {settings.vectors}\nseeds: [1]\nepochs: 1\nwidth: 8\nrows: {{words: {{modalities: [text]}}}}\n"
    )
    answer = CliRunner().invoke(build(), ["ablate", str(file)])
    assert answer.exit_code == 0, answer.output
    assert answer.stdout.splitlines()[-1].startswith("| words | ")
    wrong = CliRunner().invoke(build(), ["ablate", str(file), "--row", "smells"])
    assert isinstance(wrong.exception, SettingsError)
    file.write_text(f"vectors: {settings.vectors}\nrows: {{}}\n")
    assert isinstance(CliRunner().invoke(build(), ["ablate", str(file)]).exception, SettingsError)


def test_missing_vectors_are_one_line(settings, tmp_path):
    with pytest.raises(DataError, match=r"none\.npz"):
        compare(settings.model_copy(update={"vectors": tmp_path / "none.npz"}), (), Watcher())
    with pytest.raises(ValidationError):
        VectorSettings.model_validate({"vectors": "x.npz", "rows": {"no": {"modalities": []}}})
