import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core.caching import NullCache, _CacheLocator

import realtime
from realtime.incremental.fused import loop

ROOT = Path(realtime.__path__[0]).parent
A_STEP = """
import torch
from tests.strategies import GraphRules, talk, untrained
from realtime.incremental.fused.passage import FusedPass

network, words = untrained(GraphRules()), talk(["anna"], 0)
step = FusedPass(network)
step.state.resize(2)
said = step.step(torch.tensor([1]), words.observed(network, 0, 1), torch.tensor([0]))
print("finite:", bool(said.emotion.isfinite().all()))
"""


def test_every_file_that_the_loop_is_made_of_decides_whether_it_is_compiled_anew(tmp_path):
    copies = [tmp_path / f"{number}{file.name}" for number, file in enumerate(loop.SOURCES)]
    for file, copied in zip(loop.SOURCES, copies, strict=True):
        shutil.copyfile(file, copied)
    before, changed = loop.digest(copies), set()
    for copied in copies:
        written = copied.read_bytes()
        copied.write_bytes(written + b"#")
        changed.add(loop.digest(copies))
        copied.write_bytes(written)

    assert before == loop.digest(loop.SOURCES) == loop.digest(copies)
    assert len(changed - {before}) == len(copies)


def test_the_loop_is_made_of_all_files_of_its_package_and_of_those_whose_constants_it_compiles_in():
    package = Path(loop.__file__).parent

    assert {*package.glob("*.py")} < {*loop.SOURCES}
    assert {
        ROOT / name for name in ("model/graph.py", "model/layers/attention.py", "realtime/incremental/state.py")
    } < {*loop.SOURCES}


def test_the_sources_are_part_of_the_key_under_which_the_loop_is_kept():
    cells = [cell.cell_contents for cell in loop.carry_out.py_func.__closure__]

    assert loop.digest(loop.SOURCES) in cells


def test_where_no_folder_can_be_written_to_the_loop_is_not_kept_and_a_warning_says_what_to_do(monkeypatch, caplog):
    def refuse(locator):
        raise PermissionError("read-only")

    monkeypatch.setattr(_CacheLocator, "ensure_cache_path", refuse)
    with caplog.at_level(logging.WARNING):
        compiled = loop._compiled("sources")

    assert isinstance(compiled._cache, NullCache)
    (record,) = caplog.records
    assert "NUMBA_CACHE_DIR" in record.getMessage()
    assert str(Path(loop.__file__).parent) in record.getMessage()


def test_where_a_folder_can_be_written_to_the_loop_is_kept_there(caplog):
    compiled = loop._compiled("sources")

    assert Path(compiled.stats.cache_path).is_dir()
    assert "NUMBA_CACHE_DIR" not in caplog.text


@pytest.mark.slow
def test_a_step_is_computed_where_nothing_can_be_kept(tmp_path):
    for package in ("model", "realtime", "tests"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "weights"))
    (tmp_path / "realtime/incremental/fused/__pycache__").touch()  # a file in its place stops even root
    nowhere = {"HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null", "NUMBA_CACHE_DIR": "/dev/null/cache"}
    done = subprocess.run(
        [sys.executable, "-c", A_STEP],
        cwd=tmp_path,
        env=os.environ | nowhere,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "finite: True\n"
    assert "NUMBA_CACHE_DIR" in done.stderr
