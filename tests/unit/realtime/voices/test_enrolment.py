"""What is kept of people who are recognised by name."""

import stat
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from model.errors import SettingsError
from realtime.voices import enrolment
from realtime.voices.encoder import VECTOR
from realtime.voices.people import VoiceSettings

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path / "undertone" / "speakers"


def enrol(name, axis=0):
    vector = np.zeros(VECTOR)
    vector[axis] = 1.0
    learned = enrolment.new_enrolment(name, vector, 12.34, NOW)
    enrolment.write(learned)
    return learned


@pytest.mark.parametrize("name", ["Ann", "Zoë Müller", "李雷", "../../etc/passwd", "a/b", "🙂"])
def test_whatever_the_name_it_is_one_file_in_the_folder_that_only_its_owner_reads(name, data_folder):
    learned = enrol(name)
    (path,) = data_folder.iterdir()
    assert enrolment.enrolments() == [learned] == [enrolment.find(name)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(data_folder.stat().st_mode) == 0o700


def test_removing_deletes_the_file_and_enrolling_again_replaces_it(data_folder):
    enrol("Ann")
    enrol("Ann", axis=3)
    enrol("Ben")
    assert [person.name for person in enrolment.read_enrolled()] == ["Ann", "Ben"]
    assert enrolment.read_enrolled()[0].vector[3] == 1.0
    assert enrolment.remove("Ann")
    assert not enrolment.remove("Ann")
    assert len(list(data_folder.iterdir())) == 1
    assert [person.name for person in enrolment.read_enrolled()] == ["Ben"]


def test_voices_of_another_network_are_listed_but_not_compared():
    enrolment.write(enrol("Ann").model_copy(update={"weights_sha256": "0" * 64}))
    assert [person.name for person in enrolment.enrolments()] == ["Ann"]
    assert enrolment.read_enrolled() == []


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "unknown", "s1", "s12", "a\x1bb", "line\x00"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(SettingsError):
        enrolment.checked_name(name)


def test_a_name_is_the_same_however_its_letters_are_composed():
    assert enrolment.checked_name(" Zoe\u0308  M ") == "Zo\u00eb M"


@pytest.mark.parametrize("content", ["", "{}", '{"name": "Ann"}', "\x00"])
def test_a_damaged_file_is_named_with_what_to_do(content, data_folder):
    data_folder.mkdir(parents=True)
    (data_folder / "broken.json").write_text(content)
    with pytest.raises(SettingsError, match=r"broken\.json .* enrol the person again"):
        enrolment.enrolments()


def test_an_old_voice_is_removed_and_never_compared(data_folder, caplog):
    enrol("Ann")
    enrolment.write(enrol("Ben").model_copy(update={"enrolled": NOW + timedelta(days=20)}))
    assert enrolment.remove_expired(30.0, NOW + timedelta(days=29.9)) == []
    assert enrolment.remove_expired(30.0, NOW + timedelta(days=30)) == ["Ann"]
    assert [person.name for person in enrolment.enrolments()] == ["Ben"]
    assert "that were removed: 1. Voices are kept for 30 days" in caplog.text
    assert "Ann" not in caplog.text
    assert len(list(data_folder.iterdir())) == 1


def test_a_voice_is_kept_for_ever_only_where_that_is_asked_for():
    enrol("Ann")
    assert enrolment.remove_expired(None, NOW + timedelta(days=36_500)) == []
    assert VoiceSettings().enrolled_days == 365.0
    enrolment.write(enrol("Ann").model_copy(update={"enrolled": datetime.now(UTC) - timedelta(days=366)}))
    assert enrolment.read_enrolled(VoiceSettings().enrolled_days) == []
