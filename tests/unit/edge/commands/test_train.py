"""`undertone train`: what is trained is said in the file."""

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from edge.commands.app import build
from model.errors import DataError, SettingsError

pytest.importorskip("torch_geometric", reason="training needs the extra train")


def train(folder, **settings):
    file = folder / "run.yaml"
    file.write_text(yaml.safe_dump(settings))
    return CliRunner().invoke(build(), ["train", str(file)])


def test_a_face_encoder_is_trained_and_where_it_is_is_told(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 256, (40, 48, 48), np.uint8)
    labels = np.arange(40) % 7
    np.savez(tmp_path / "faces.npz", train_x=pixels, train_y=labels, val_x=pixels, val_y=labels)
    answer = train(
        tmp_path,
        part="face",
        data=str(tmp_path / "faces.npz"),
        results=str(tmp_path / "results"),
        seeds=[3],
        threads=1,
        network={"stem": 2, "widths": [4]},
        optimisation={"epochs": 1, "batch": 18, "half_precision": False},
    )
    assert answer.exit_code == 0, answer.output
    assert answer.stdout.startswith("seed 3: accuracy 0.")
    assert answer.stdout.endswith(f"in {tmp_path / 'results' / 'seed-3' / 'checkpoint'}\n")
    assert (tmp_path / "results" / "pool.npz").is_file()


@pytest.mark.parametrize("part", ["nose", 3, ["face"]])
def test_a_part_that_cannot_be_trained_is_told_with_those_that_can(tmp_path, part):
    refused = train(tmp_path, part=part, data="faces.npz").exception
    assert isinstance(refused, SettingsError)
    assert "face" in refused.remedy
    assert "run.yaml" in str(refused)


def test_a_setting_of_another_training_is_unknown_and_told_by_its_file(tmp_path):
    refused = train(tmp_path, part="face", data="faces.npz", dev="val", encoder_weights="x").exception
    assert isinstance(refused, SettingsError)
    assert "unknown setting 'encoder_weights' in" in str(refused)
    missing = train(tmp_path, part="face").exception
    assert "setting 'data' is missing" in str(missing)


def test_a_voice_encoder_is_trained_by_its_own_settings(tmp_path):
    refused = train(tmp_path, part="voice", ravdess=str(tmp_path), emodb=str(tmp_path), results=str(tmp_path / "out"))
    assert isinstance(refused.exception, DataError)
    assert "holds no clip" in str(refused.exception)
    unknown = train(tmp_path, part="voice", ravdess="a", emodb="b", data="faces.npz").exception
    assert "unknown setting 'data' in" in str(unknown)
