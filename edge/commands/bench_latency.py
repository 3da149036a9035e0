"""`undertone bench latency`: how long after the last sample of speech a subscriber has the result."""

from pathlib import Path
from typing import Annotated

import typer

from edge.commands.options import ConfigOption


def latency(
    recording: Annotated[
        Path | None, typer.Argument(help="A recording to play.", show_default="the demo conversation")
    ] = None,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Figures, machine and settings as JSON.")] = False,
) -> None:
    """Measure how long after the last sample of speech a subscriber has the result, at wall-clock speed.

    The wait that decides that an utterance has ended is a setting; figures are given with and without it.
    """
    import asyncio
    import json

    from rich.console import Console

    from edge.bench.latency import as_table, measure_latency
    from edge.commands.starting import read_settings, source_given
    from edge.demo.play import demo_settings
    from edge.logs import log_to_stderr, say
    from model.evaluation.machine import this_machine
    from realtime.protocols import SourceInfo

    log_to_stderr(verbose=False)
    settings = read_settings(config, source_given(config, recording, "", fast=False))
    chosen = settings.repeatable() if recording else demo_settings(settings, fast=False)

    async def ready(info: SourceInfo) -> None:
        say(f"measuring latency on {info.name}, {info.duration_s or 0:.0f} s at wall-clock speed …")

    result = asyncio.run(measure_latency(chosen, ready))
    if as_json:
        figures = {"bench": "latency", **result.as_json(), "machine": this_machine().model_dump()}
        typer.echo(json.dumps(figures | {"settings": chosen.model_dump(mode="json")}, indent=2))
    else:
        Console(highlight=False).print(as_table(result))
