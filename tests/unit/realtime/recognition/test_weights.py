"""Where weights are looked for, and what counts as being there."""

from pathlib import Path

import pytest

from realtime.recognition import weights


def test_the_folder_that_is_named_goes_over_the_one_for_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv(weights.FOLDER_VARIABLE, raising=False)
    assert weights.folder() == tmp_path / "data" / "undertone" / "models"

    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path / "mine"))
    assert weights.folder() == tmp_path / "mine"


@pytest.mark.parametrize("unset", [None, ""])
def test_without_either_the_folder_is_at_home(unset: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (weights.FOLDER_VARIABLE, "XDG_DATA_HOME"):
        if unset is None:
            monkeypatch.delenv(variable, raising=False)
        else:
            monkeypatch.setenv(variable, unset)
    assert weights.folder() == Path.home() / ".local" / "share" / "undertone" / "models"


def test_a_file_and_a_folder_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path))
    (tmp_path / "whisper-base.en.pt").write_bytes(b"weights")
    (tmp_path / "moonshine-base").mkdir()

    assert weights.find("whisper-base.en") == tmp_path / "whisper-base.en.pt"
    assert weights.find("moonshine-base") == tmp_path / "moonshine-base"


def test_what_is_there_in_part_or_not_at_all_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path / "models"))
    assert weights.find("whisper-base.en") is None

    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "whisper-base.en.pt.part").write_bytes(b"wei")
    (tmp_path / "models" / "moonshine-base.part").mkdir()
    assert weights.find("whisper-base.en") is None
    assert weights.find("moonshine-base") is None
    assert weights.find("moonshine-base.part") is None


@pytest.mark.parametrize("name", ["", "..", "../secret", "/etc/passwd", "a/b"])
def test_a_name_that_leads_elsewhere_finds_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_bytes(b"")
    (tmp_path / "models").mkdir()
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path / "models"))
    assert weights.find(name) is None
