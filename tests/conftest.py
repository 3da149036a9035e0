"""What every test stands on: a quiet environment, and the shared recordings where they are."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.faults.table import pytest_terminal_summary  # noqa: F401 - pytest finds it here: it prints the fault table

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

# How long an example takes says something about the machine, not about the code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

_STATE = tempfile.TemporaryDirectory(prefix="undertone-state-")
os.environ["XDG_STATE_HOME"] = _STATE.name  # of fixtures that many tests share; each test has a folder of its own

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(autouse=True)
def no_settings_in_environment(monkeypatch, tmp_path_factory):
    """Settings of whoever runs the tests must not reach them, nor what they have stored."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    for variable in [name for name in os.environ if name.upper().startswith("UNDERTONE_")]:
        monkeypatch.delenv(variable)
    # Nor the weights they have fetched, which decide what recognises.
    monkeypatch.setenv("UNDERTONE_MODELS", "/nonexistent/models")


@pytest.fixture
def shared_data() -> Path:
    """The folder of shared data sets and recordings; the test is skipped where it is absent."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip(f"shared data is not at {folder}")
    return folder
