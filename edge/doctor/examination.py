"""Carrying out checks: each within its time, and the report of all."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from edge.doctor.check import Check, Finding, State, problem
from model.errors import UsageError

_GRAVITY = (State.PROBLEM, State.WARNING, State.OK, State.SKIPPED)


class ReportedFinding(BaseModel):
    """A finding as programs read it: which check found what, and the line that mends it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    check: str
    state: State
    what: str
    remedy: str


class Report(BaseModel):
    """Everything found; the number in `schema` grows only when a field goes or changes its meaning.

    Attributes:
        state: The worst there is.
        findings: In the order of the checks; each check has one or more.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: Literal["undertone.doctor/1"] = Field(default="undertone.doctor/1", alias="schema")
    state: State
    findings: tuple[ReportedFinding, ...]


async def examine(check: Check) -> Sequence[Finding]:
    """What a check finds; that it takes too long, or raises what the user can mend, is a finding as well."""
    try:
        async with asyncio.timeout(check.limit_s):
            return await check.look()
    except TimeoutError:
        return [problem(f"no answer within {check.limit_s:g} s", "Close what keeps the machine busy, and look again")]
    except UsageError as error:
        return [problem(error.problem, error.remedy)]


def worst(findings: Iterable[Finding]) -> State:
    """The state of the gravest finding; skipped where there is none."""
    states = {finding.state for finding in findings}
    return next((state for state in _GRAVITY if state in states), State.SKIPPED)


def report(found: Sequence[tuple[str, Sequence[Finding]]]) -> Report:
    """The report of what each check, by name, found."""
    return Report(
        state=worst(finding for _, findings in found for finding in findings),
        findings=tuple(
            ReportedFinding(check=name, state=finding.state, what=finding.what, remedy=finding.remedy)
            for name, findings in found
            for finding in findings
        ),
    )
