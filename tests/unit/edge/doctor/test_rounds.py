"""Which checks are made of which settings."""

import pytest

from edge.configuration import read_configuration
from edge.doctor.rounds import checks, needed_mb
from edge.settings import AppSettings
from model.errors import SettingsError


def test_every_check_bears_a_name_of_its_own():
    there = checks(read_configuration(), listen=False)
    names = [check.name for check in there]
    assert len(set(names)) == len(names) == 15
    assert all(0 < check.limit_s < 100 for check in there)


def test_without_settings_what_needs_none_is_looked_at():
    names = [check.name for check in checks(SettingsError("unknown", "Mend it"), listen=False)]
    assert names == ["settings", "packages", "clock", "disk", "gpu", "permissions"]


@pytest.mark.parametrize(
    "transcriber, least, most",
    [
        ({"part": "pocketsphinx"}, 1_000, 1_500),
        ({"part": "auto"}, 1_000, 1_500),
        ({"part": "whisper", "model": "base.en"}, 1_000, 2_000),
        ({"part": "whisper", "model": "large-v3"}, 10_000, 20_000),
        ({"part": "whisper", "model": "/somewhere/my.pt"}, 1_500, 2_000),
        ({"part": "unheard_of"}, 1_500, 2_000),
    ],
)
def test_memory_follows_the_recogniser(transcriber, least, most, tmp_path, monkeypatch):
    monkeypatch.setenv("UNDERTONE_MODELS", str(tmp_path))
    assert least < needed_mb(AppSettings(transcriber=transcriber)) < most
