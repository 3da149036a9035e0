"""`undertone bench load`: how many conversations one process can follow at once."""

from pathlib import Path
from typing import Annotated

import typer

from edge.commands.options import ConfigOption
from model.errors import UsageError

_TEXT_S, _SOUND_S = 20.0, 60.0
_TEXT_FIRST, _SOUND_FIRST = 16, 1


def load(
    recording: Annotated[
        Path | None, typer.Argument(help="What is said, over and over.", show_default="the demo conversation")
    ] = None,
    captions: Annotated[
        bool, typer.Option("--captions", help="Utterances arrive as text: what a central analyser does.")
    ] = False,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=1, max=3600, help="How long each number is tried (seconds).", show_default="60, with --captions 20"
        ),
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="Try no more conversations than this.")] = 4096,
    wait_ms: Annotated[
        float, typer.Option(min=0, max=1000, help="How long an utterance waits for others' at most (milliseconds).")
    ] = 3.0,
    threads: Annotated[
        int | None,
        typer.Option(min=1, help="Threads for the networks.", show_default="1, with --captions one per core"),
    ] = None,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Figures, machine and settings as JSON.")] = False,
) -> None:
    """Find how many conversations can be followed at once before 5 % of the results come later than 500 ms.

    A recorded conversation is played at its own pace to more and more groups of people, each at another point of it and
    each with a recogniser of its own. The lag is measured from an utterance's last sample of speech to its results out
    of the analysis, the wait that ends an utterance aside; with --captions, from its arrival as text.
    """
    import asyncio
    import json
    from dataclasses import asdict

    from rich.console import Console

    from edge.commands.starting import nothing_to_clean_up, read_settings
    from edge.logs import log_to_stderr, say

    if captions and recording is not None:
        raise UsageError("with --captions the demo's words are said, no recording", "Leave the recording out")
    log_to_stderr(verbose=False)
    app_settings = read_settings(config).repeatable()
    say("loading the network …")

    with nothing_to_clean_up():
        import torch

        from edge.bench.crowd import Crowd
        from edge.bench.load import (
            Arrival,
            Level,
            LoadSettings,
            as_table,
            figures,
            in_words,
            largest_held,
            measure_load,
        )
        from edge.bench.looped import sound_of
        from edge.bench.sound_crowd import SoundCrowd
        from edge.demo.script import read_spoken_script
        from model import checkpoint
        from model.evaluation.machine import this_machine
        from realtime.clock import SystemClock

    torch.set_num_threads(threads or (this_machine().cores if captions else 1))
    weights = checkpoint.load(app_settings.network.checkpoint or checkpoint.SHIPPED)
    settings = LoadSettings(
        seconds_per_level=seconds or (_TEXT_S if captions else _SOUND_S),
        first=_TEXT_FIRST if captions else _SOUND_FIRST,
        most=most,
        wait_s=wait_ms / 1000,
    )
    arrival = Arrival.TEXT if captions else Arrival.SOUND
    say(f"trying more and more conversations, {settings.seconds_per_level:g} s each; stop with Ctrl-C")

    async def measure() -> list[Level]:
        crowd = (
            Crowd(weights, read_spoken_script(), SystemClock(), settings.wait_s)
            if captions
            else SoundCrowd(app_settings, weights, sound_of(recording), SystemClock(), settings.wait_s)
        )
        return await measure_load(crowd, settings, lambda level: say(in_words(level)))

    levels = asyncio.run(measure())
    if as_json:
        parts = (
            {} if captions else app_settings.model_dump(mode="json", include={"segmenter", "diarizer", "transcriber"})
        )
        chosen = {**asdict(settings), "captions": captions, "weights_sha256": weights.card.weights_sha256, **parts}
        measured = {"bench": "load", **figures(levels, arrival), "machine": this_machine().model_dump()}
        typer.echo(json.dumps(measured | {"settings": chosen}, indent=2))
    else:
        Console(highlight=False).print(as_table(levels, arrival))
        say(f"{largest_held(levels)} conversations at once had their results in time")
