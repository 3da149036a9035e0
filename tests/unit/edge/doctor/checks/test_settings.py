"""Settings: refused, lawful, and said to people."""

from edge.configuration import read_configuration
from edge.doctor.check import State
from edge.doctor.checks.settings import SettingsCheck
from model.errors import SettingsError


async def test_settings_that_are_refused_say_why():
    refused = SettingsError("unknown setting 'sight'", "Did you mean 'site'?")
    [finding] = await SettingsCheck(refused).look()
    assert (finding.state, finding.what, finding.remedy) == (State.PROBLEM, refused.problem, refused.remedy)


async def test_the_shipped_settings_are_fine():
    [finding] = await SettingsCheck(read_configuration()).look()
    assert finding.state is State.OK


async def test_a_workplace_is_told_what_the_law_asks():
    states = [finding.state for finding in await SettingsCheck(read_configuration("meeting")).look()]
    assert states == [State.OK, State.WARNING]


async def test_who_listens_to_others_must_tell_them(monkeypatch):
    monkeypatch.setenv("UNDERTONE_PURPOSE", "research")
    _, finding = await SettingsCheck(read_configuration()).look()
    assert "nothing says how" in finding.what
