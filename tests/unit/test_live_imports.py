"""What listens live starts without the libraries of training."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TRAINING_ONLY = {"peft", "sentence_transformers", "sklearn", "torch_geometric"}


def imported_by(script: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{script}\nimport sys\nprint(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stdout.split())


def test_the_application_and_its_parts_import_no_training_library():
    script = """
import importlib
import edge.app, edge.running
from edge.settings import PART_PACKAGES
from realtime.parts import part_names
for package in PART_PACKAGES.values():
    for name in part_names(package):
        importlib.import_module(f"{package}.{name}")
"""
    modules = imported_by(script)
    assert {"edge.app", "realtime.pipeline", "torch"} <= modules
    assert modules.isdisjoint(TRAINING_ONLY)


def test_reading_settings_imports_no_network():
    assert imported_by("import edge.configuration").isdisjoint(TRAINING_ONLY | {"torch", "transformers"})


def test_without_a_camera_opencv_is_not_imported():
    assert "cv2" not in imported_by("import edge.app, edge.running, edge.commands.run")
