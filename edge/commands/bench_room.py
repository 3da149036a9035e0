"""`undertone bench room`: what everything at once takes from the machine."""

from pathlib import Path
from typing import Annotated

import typer

from edge.commands.options import ConfigOption


def room(
    recording: Annotated[
        Path | None, typer.Argument(help="What is heard, and seen if it has pictures.", show_default="the demo")
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(
            help="A video to look at over and over meanwhile.",
            show_default="those of RECORDING; for the demo, drawn ones",
        ),
    ] = None,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Figures, machine and settings as JSON.")] = False,
) -> None:
    """Listen and look at once, with recogniser, speakers and network as the settings choose them, at wall-clock speed.

    Says how much of the machine that takes (real-time factor), how late results are, and how many pictures are dropped.
    The demo, and what is heard with --pictures, is mixed to one channel, as one microphone in a room hears it.
    """
    import asyncio
    import json
    from tempfile import TemporaryDirectory

    from rich.console import Console

    from edge.commands.starting import nothing_to_clean_up, read_settings
    from edge.logs import log_to_stderr, say

    log_to_stderr(verbose=False)
    settings = read_settings(config, {"camera": {"part": "recording"}}).repeatable()
    say("loading the recogniser and the network …")

    with nothing_to_clean_up():
        from edge.bench.film import make_film
        from edge.bench.looped import sound_of
        from edge.bench.room import as_table, measure_room
        from model.evaluation.machine import this_machine
        from realtime.parts import PartChoice
        from realtime.protocols import SourceInfo

    async def ready(info: SourceInfo) -> None:
        say(f"listening to and looking at {info.name}, {info.duration_s or 0:.0f} s at wall-clock speed …")

    with TemporaryDirectory(prefix="undertone-room-") as folder:
        path = recording
        if path is None or pictures is not None:
            sound = sound_of(recording)
            path = Path(folder) / f"{Path(sound.name).stem}.mkv"
            make_film(path, sound, pictures)
        source = PartChoice(part="recording", path=str(path))
        chosen = settings.model_copy(update={"source": source})
        result = asyncio.run(measure_room(chosen, ready))
    if as_json:
        figures = {"bench": "room", **result.as_json(), "machine": this_machine().model_dump()}
        typer.echo(json.dumps(figures | {"settings": chosen.model_dump(mode="json")}, indent=2))
    else:
        Console(highlight=False).print(as_table(result))
