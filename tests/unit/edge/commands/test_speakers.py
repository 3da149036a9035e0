"""`undertone speakers`: what is said about people who are recognised by name."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from typer.testing import CliRunner

from edge.commands.app import build
from model.errors import SettingsError
from realtime.voices import enrolment
from realtime.voices.encoder import VECTOR


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path / "undertone" / "speakers"


@pytest.fixture
def zoe():
    vector = np.full(VECTOR, VECTOR**-0.5)
    learned = enrolment.new_enrolment("Zoë", vector, 12.0, datetime.now(UTC))
    enrolment.write(learned)
    return learned


def typed(*words):
    return CliRunner().invoke(build(), ["speakers", *words])


def test_who_is_enrolled_is_listed_and_removed(zoe, data_folder):
    assert "Zoë" in typed().stdout
    listed = json.loads(typed("list", "--json").stdout)
    assert [(person["name"], person["speech_s"]) for person in listed["speakers"]] == [("Zoë", 12.0)]
    assert listed["folder"] == str(data_folder)
    assert "vector" not in listed["speakers"][0]
    assert "Zoë is forgotten" in typed("remove", "Zoë").stderr
    assert list(data_folder.iterdir()) == []
    assert json.loads(typed("--json").stdout)["speakers"] == []


def test_how_old_a_voice_is_and_how_long_it_is_kept_is_said(zoe, monkeypatch):
    until = datetime.now(UTC) + timedelta(days=365)
    assert f"0 days old, kept until {until:%Y-%m-%d}" in " ".join(typed("list").stdout.split())
    monkeypatch.setenv("UNDERTONE_DIARIZER__ENROLLED_DAYS", "null")
    assert "kept until somebody removes it" in " ".join(typed("list").stdout.split())
    assert json.loads(typed("list", "--json").stdout)["speakers"][0]["until"] is None


def test_a_voice_that_is_too_old_is_removed_and_that_is_said(zoe, data_folder):
    enrolment.write(zoe.model_copy(update={"enrolled": datetime.now(UTC) - timedelta(days=366)}))
    assert "Zoë is forgotten: voices are kept for 365 days" in typed("list").stderr
    assert list(data_folder.iterdir()) == []


def test_nobody_is_said_with_what_to_do():
    assert "undertone speakers enrol NAME FILE" in typed().stderr


def test_who_is_not_enrolled_cannot_be_removed():
    assert isinstance(typed("remove", "Ann").exception, SettingsError)


def test_a_voice_of_another_network_is_said_to_be_of_no_use(zoe):
    enrolment.write(zoe.model_copy(update={"weights_sha256": "0" * 64}))
    assert "enrol again" in typed("list").stdout


def test_help_and_enrolment_say_that_it_is_biometric_data(tmp_path):
    assert "biometric data" in " ".join(typed("--help").stdout.split())
    told = typed("enrol", "Ann", str(tmp_path / "none.wav"))
    assert "agreed" in told.stderr
    assert "there is no file" in str(told.exception)
