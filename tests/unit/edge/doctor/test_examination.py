"""Carrying checks out: what takes too long is a finding, the report keeps its form, lines are legible."""

import asyncio
import io
import json

import pytest
from rich.console import Console

from edge.doctor.check import State, ok, problem, skipped, warning
from edge.doctor.drawing import conclusion, draw
from edge.doctor.examination import examine, report, worst
from edge.marks import marks
from model.errors import SourceError


class Looks:
    """A check that does what a test says."""

    name = "test"
    limit_s = 0.05

    def __init__(self, does) -> None:
        self.does = does

    async def look(self):
        return await self.does()


async def test_what_a_check_finds_is_what_is_found():
    async def find():
        return [ok("well")]

    assert await examine(Looks(find)) == [ok("well")]


async def test_a_check_that_hangs_is_ended_within_its_time():
    ended = asyncio.Event()

    async def hang():
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    [finding] = await examine(Looks(hang))
    assert finding.state is State.PROBLEM
    assert finding.what == "no answer within 0.05 s"
    assert ended.is_set()


async def test_what_the_user_can_mend_is_a_problem_with_its_remedy():
    async def refuse():
        raise SourceError("there is no microphone", "Connect one")

    assert await examine(Looks(refuse)) == [problem("there is no microphone", "Connect one")]


async def test_a_bug_is_left_to_the_command():
    async def fail():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await examine(Looks(fail))


@pytest.mark.parametrize(
    "findings, state",
    [
        ([], State.SKIPPED),
        ([skipped("no")], State.SKIPPED),
        ([skipped("no"), ok("well")], State.OK),
        ([ok("well"), warning("slow", "wait")], State.WARNING),
        ([problem("broken", "mend"), warning("slow", "wait")], State.PROBLEM),
    ],
)
def test_the_worst_decides(findings, state):
    assert worst(findings) is state


def test_the_json_keeps_its_form():
    said = json.loads(report([("a", [ok("well")]), ("b", [problem("broken", "mend")])]).model_dump_json(by_alias=True))
    assert said == {
        "schema": "undertone.doctor/1",
        "state": "problem",
        "findings": [
            {"check": "a", "state": "ok", "what": "well", "remedy": ""},
            {"check": "b", "state": "problem", "what": "broken", "remedy": "mend"},
        ],
    }


@pytest.mark.parametrize("encoding, mark, arrow", [("utf-8", "✔", "→"), ("ascii", "ok", "->")])
def test_lines_suit_the_terminal(encoding, mark, arrow):
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="replace")
    console = Console(file=file, width=60)
    console.print(draw("sound", [ok("well"), warning("\x1b[2Jquiet " + "words " * 20, "louder")], marks(console)))
    file.flush()
    lines = file.buffer.getvalue().decode(encoding).splitlines()
    assert lines[0].split() == [mark, "sound", "well"]
    assert lines[-1].split() == [arrow, "louder"]
    assert len({line.index(word) for line, word in [(lines[0], "well"), (lines[2], "words")]}) == 1
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize("state", list(State))
def test_there_is_a_conclusion_for_everything(state):
    console = Console(file=io.StringIO())
    console.print(conclusion(state))
    assert console.file.getvalue().strip()
