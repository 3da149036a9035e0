"""`undertone bench soak`: whether it lasts."""

from pathlib import Path
from typing import Annotated

import typer

from edge.commands.options import ConfigOption


def soak(
    recording: Annotated[
        Path | None, typer.Argument(help="What is heard, over and over.", show_default="the demo conversation")
    ] = None,
    hours: Annotated[float, typer.Option(min=0.002, max=1000, help="How long; 0.1 is six minutes.")] = 1.0,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Figures, machine and settings as JSON.")] = False,
) -> None:
    """Listen to a recording over and over at wall-clock speed, and say what grows: lag, memory, holes in the counting.

    It goes through everything, broker and subscriber included, as one conversation without an end. Ctrl-C ends it and
    gives the figures so far.
    """
    import asyncio
    import json

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from edge.commands.starting import nothing_to_clean_up, read_settings, source_given
    from edge.demo.script import RECORDING_PATH
    from edge.logs import log_to_stderr, say

    log_to_stderr(verbose=False)
    played = source_given(config, recording or RECORDING_PATH, "", fast=False)
    settings = read_settings(config, played).repeatable()
    say("loading the recogniser and the network …")

    with nothing_to_clean_up():
        from edge.bench.looped import sound_of
        from edge.bench.soak import Soak, as_table
        from model.evaluation.machine import this_machine
        from realtime.protocols import SourceInfo

    running = Soak(settings, sound_of(recording), hours * 3600)
    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    bar = progress.add_task("", total=running.lasts_s)

    async def ready(info: SourceInfo) -> None:
        say(f"listening to {info.name} for {hours:g} hours; Ctrl-C ends it and gives the figures so far")
        progress.start()

    def sampled(so_far: Soak) -> None:
        heard = so_far.receipts.finals["emotion"]
        told = f"{heard} utterances, {so_far.memory_mib:.0f} MiB"
        progress.update(bar, completed=so_far.elapsed_s, description=told)

    try:
        result = asyncio.run(running.run(ready, sampled))
    finally:
        progress.stop()
    if as_json:
        figures = {"bench": "soak", **result.as_json(), "machine": this_machine().model_dump()}
        typer.echo(json.dumps(figures | {"settings": settings.model_dump(mode="json")}, indent=2))
    else:
        Console(highlight=False).print(as_table(result))
