"""`undertone doctor` from outside: its lines, its JSON, its exit status, and a check that has a bug."""

import asyncio
import json

import pytest
from typer.testing import CliRunner

from edge.commands import doctor as command
from edge.commands.app import build
from edge.doctor import rounds
from edge.doctor.check import ok, problem, warning


class Check:
    limit_s = 5.0

    def __init__(self, name, *findings) -> None:
        self.name = name
        self.findings = findings

    async def look(self):
        await asyncio.sleep(0)
        for finding in self.findings:
            if isinstance(finding, Exception):
                raise finding
        return self.findings


FINE = Check("fine", ok("it is well"))
SLOW = Check("slow", warning("it is slow", "Wait"))
BROKEN = Check("broken", problem("it is broken", "Mend it"))
BUG = Check("bug", ZeroDivisionError("division by zero"))


@pytest.fixture
def doctor(monkeypatch):
    def run(*checks, words=()):
        monkeypatch.setattr(rounds, "checks", lambda outcome, listen: checks)
        return CliRunner().invoke(build(), ["doctor", *words])

    return run


def test_all_well_exits_with_0(doctor):
    answer = doctor(FINE, SLOW)
    assert answer.exit_code == 0
    assert answer.stdout.index("it is well") < answer.stdout.index("it is slow") < answer.stdout.index("Wait")


def test_a_problem_exits_with_1(doctor):
    assert doctor(FINE, BROKEN).exit_code == command.EXIT_PROBLEM == 1


def test_a_check_with_a_bug_is_a_problem_of_its_own_and_the_others_are_seen(doctor):
    answer = doctor(BUG, FINE, words=["--json"])
    assert answer.exit_code == 1
    said = json.loads(answer.stdout)
    assert said["schema"] == "undertone.doctor/1"
    assert [finding["state"] for finding in said["findings"]] == ["problem", "ok"]
    assert "ZeroDivisionError: division by zero" in said["findings"][0]["what"]
    assert "Traceback" in doctor(BUG, words=["--verbose"]).stderr


def test_settings_that_cannot_be_read_are_a_finding_and_not_the_end():
    answer = CliRunner().invoke(build(), ["doctor", "--json", "--config", "meating"])
    said = json.loads(answer.stdout)
    assert answer.exit_code == 1
    assert said["state"] == "problem"
    first = said["findings"][0]
    assert (first["check"], first["state"], first["what"]) == (
        "settings",
        "problem",
        "there is no configuration 'meating'",
    )
    assert "default, kiosk, meeting" in first["remedy"]
    assert {"clock", "disk"} <= {finding["check"] for finding in said["findings"]}
