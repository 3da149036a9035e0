import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("torch_geometric")

from model.errors import CheckpointError, SettingsError
from model.training.progress import Stopped
from model.training.train import train
from tests.tiny_minilm import tiny_minilm
from tests.tiny_training import Watcher, tiny_settings

REPOSITORY = Path(__file__).parents[4]
SHORT = {"epochs": 2, "batch": 1}  # 16 steps


def weights(settings) -> bytes:
    return (settings.results / "seed-1" / "checkpoint" / "model.safetensors").read_bytes()


def uninterrupted(folder: Path, **changes):
    folder.mkdir()
    settings = tiny_settings(folder, optimisation=SHORT, **changes)
    (run,) = train(settings, Watcher(), tiny_minilm)
    return weights(settings), run


@pytest.mark.timeout(300)  # another Python has to import torch, maybe on a busy machine
def test_a_run_killed_in_mid_epoch_ends_with_the_same_bytes(tmp_path):
    expected, _ = uninterrupted(tmp_path / "whole")
    settings = tiny_settings(tmp_path, optimisation=SHORT, save_every_s=0)
    file = tmp_path / "settings.json"
    file.write_text(settings.model_dump_json())
    process = subprocess.Popen(
        [sys.executable, "tests/tiny_training.py", str(file), "0.5"],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        start_new_session=True,
    )
    state = settings.results / "seed-1" / "state.pt"
    try:
        while not state.exists():
            assert process.poll() is None
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    watcher = Watcher()
    train(settings, watcher, tiny_minilm)
    assert 0 < len(watcher.steps) < 16
    assert "goes on after step" in watcher.notes[0]
    assert weights(settings) == expected


@pytest.mark.parametrize("stop_after", [3, 8, 13])  # in the first epoch, at its end, in the second
def test_a_run_that_was_stopped_goes_on_to_the_same_result(tmp_path, stop_after):
    expected, whole = uninterrupted(tmp_path / "whole")
    settings = tiny_settings(tmp_path, optimisation=SHORT)
    first = Watcher(stop_after)
    with pytest.raises(Stopped):
        train(settings, first, tiny_minilm)
    second = Watcher()
    (run,) = train(settings, second, tiny_minilm)
    assert [step.number for step in first.steps + second.steps] == list(range(1, 17))
    assert weights(settings) == expected
    assert run.dev == whole.dev


def test_a_finished_run_is_not_trained_again_unless_that_is_asked_for(tmp_path):
    expected, first = uninterrupted(tmp_path / "once")
    settings = tiny_settings(tmp_path / "once", optimisation=SHORT)
    watcher = Watcher()
    (again,) = train(settings, watcher, tiny_minilm)
    assert not watcher.steps
    assert "finished" in watcher.notes[0]
    assert again.dev == first.dev
    train(settings, watcher, tiny_minilm, fresh=True)
    assert len(watcher.steps) == 16
    assert weights(settings) == expected


@pytest.mark.parametrize("stop_after", [3, None])
def test_other_settings_do_not_go_on_with_a_run(tmp_path, stop_after):
    begun = tiny_settings(tmp_path, optimisation=SHORT)
    try:
        train(begun, Watcher(stop_after), tiny_minilm)
    except Stopped:
        assert stop_after
    changed = tiny_settings(tmp_path, optimisation=SHORT | {"weight_decay": 0.1})
    with pytest.raises(SettingsError, match=r"optimisation\.weight_decay was 0\.01, is 0\.1.*--fresh"):
        train(changed, Watcher(), tiny_minilm)
    train(begun, Watcher(), tiny_minilm)  # nothing was lost


def test_other_threads_and_seeds_do(tmp_path):
    with pytest.raises(Stopped):
        train(tiny_settings(tmp_path, optimisation=SHORT), Watcher(3), tiny_minilm)
    watcher = Watcher()
    train(tiny_settings(tmp_path, optimisation=SHORT, seeds=(1, 2), save_every_s=5), watcher, tiny_minilm)
    assert "seed 1 goes on after step 3" in watcher.notes


def test_broken_files_are_one_line_and_a_way_out(tmp_path):
    settings = tiny_settings(tmp_path, optimisation=SHORT)
    with pytest.raises(Stopped):
        train(settings, Watcher(3), tiny_minilm)
    state = settings.results / "seed-1" / "state.pt"
    state.write_bytes(state.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="--fresh"):
        train(settings, Watcher(), tiny_minilm)
    (settings.results / "seed-1" / "metrics.json").write_text(json.dumps({"finished": True}))
    with pytest.raises(CheckpointError, match=r"metrics\.json.*--fresh"):
        train(settings, Watcher(), tiny_minilm)
    train(settings, Watcher(), tiny_minilm, fresh=True)
