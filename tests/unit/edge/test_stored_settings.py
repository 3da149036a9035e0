"""What is over when the program is keeps nothing on disk, and never what another run of the same name keeps."""

from edge.settings import AppSettings
from edge.storage.settings import StorageSettings


def test_a_run_keeps_what_waits_where_this_user_keeps_state_and_goes_on_after_a_crash(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    storage = AppSettings().storage
    assert (storage.folder, storage.resume) == (tmp_path / "undertone", True)
    assert (storage.most_events, storage.longest_s) == (100_000, 7 * 86_400.0)


def test_what_is_over_when_the_program_is_keeps_nothing():
    storage = AppSettings(storage=StorageSettings(most_events=50)).unstored().storage
    assert (storage.folder, storage.resume, storage.most_events) == (None, False, 50)


def test_a_rehearsal_keeps_what_waits_apart_and_takes_nothing_up(tmp_path):
    storage = AppSettings().stored_in(tmp_path).storage
    assert (storage.folder, storage.resume) == (tmp_path, False)
