"""`undertone doctor`: what could keep undertone from working here, and the line that mends it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from edge.commands.options import ConfigOption

if TYPE_CHECKING:
    from asyncio import Semaphore

    from edge.configuration import Configuration
    from edge.doctor.check import Check, Finding
    from edge.doctor.examination import Report
    from model.errors import UsageError

EXIT_PROBLEM = 1

_LEAST_AT_ONCE = 2  # one that hangs must not keep all others waiting


def doctor(
    config: ConfigOption = None,
    listen: Annotated[
        bool, typer.Option("--listen", help="Listen to the microphone for a second; nothing of it is kept.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the trace of a check that fails.")] = False,
) -> None:
    """Look at settings, packages, sound, camera, models, broker, clock, disk and GPU; say what is wrong and what helps.

    Exits with 0 if undertone can work, with 1 if there is a problem; warnings are none. It listens to nobody unless
    told to, turns no camera on, and publishes nothing that is kept.
    """
    import asyncio

    from edge.doctor.check import State
    from edge.doctor.rounds import checks

    there = checks(_settings(config), listen=listen)
    reported = asyncio.run(_examine(there, show=not as_json, verbose=verbose))
    if as_json:
        typer.echo(reported.model_dump_json(by_alias=True, indent=2))
    if reported.state is State.PROBLEM:
        raise typer.Exit(EXIT_PROBLEM)


def _settings(config: str | None) -> "Configuration | UsageError":
    from edge.configuration import read_configuration
    from model.errors import UsageError

    try:
        return read_configuration(config)
    except UsageError as error:
        return error


async def _examine(there: "Sequence[Check]", *, show: bool, verbose: bool) -> "Report":
    """Carry the checks out, as many at once as there are cores, and show their lines in order, as soon as known."""
    import asyncio
    import os

    from edge.doctor.drawing import conclusion, draw
    from edge.doctor.examination import report
    from edge.marks import console_for_people, marks

    console = console_for_people(quiet=not show)
    signs = marks(console)
    found: list[tuple[str, Sequence[Finding]]] = []
    turns = asyncio.Semaphore(max(_LEAST_AT_ONCE, os.cpu_count() or 0))
    async with asyncio.TaskGroup() as group:
        looks = [(check.name, group.create_task(_look(check, turns, verbose=verbose))) for check in there]
        for name, look in looks:
            with console.status(f"looking at {name} …"):
                findings = await look
            found.append((name, findings))
            console.print(draw(name, findings, signs))
    reported = report(found)
    console.print(f"\n{conclusion(reported.state)}")
    return reported


async def _look(check: "Check", turns: "Semaphore", *, verbose: bool) -> "Sequence[Finding]":
    """What a check finds. One that fails in a way nobody foresaw must not keep the others from being seen."""
    import traceback

    from edge.doctor.check import problem
    from edge.doctor.examination import examine

    try:
        async with turns:
            return await examine(check)
    except Exception as error:  # noqa: BLE001 - shown with its type, and it makes the command fail
        if verbose:
            traceback.print_exc()
        what = f"this check itself failed, which is a bug in undertone: {type(error).__name__}: {error}"
        return [problem(what, "undertone doctor --verbose shows its trace, for a report")]
