"""`undertone bench load`: how many conversations one process can analyse at once."""

from typing import Annotated

import typer

from edge.commands.options import ConfigOption


def load(
    captions: Annotated[
        bool, typer.Option("--captions", help="Utterances arrive as text: what a central analyser does.")
    ] = False,
    seconds: Annotated[float, typer.Option(min=1, max=3600, help="How long each number is tried (seconds).")] = 20.0,
    most: Annotated[int, typer.Option(min=1, help="Try no more conversations than this.")] = 4096,
    wait_ms: Annotated[
        float, typer.Option(min=0, max=1000, help="How long an utterance waits for others' at most (milliseconds).")
    ] = 3.0,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads to compute with.", show_default="one per core")
    ] = None,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Figures, machine and settings as JSON.")] = False,
) -> None:
    """Find how many conversations can be analysed at once before 5 % of the results come later than 500 ms.

    The demo conversation is said over and over at its own pace by more and more groups of people, each at another point
    of it. The lag is measured from an utterance's arrival as text to its results out of the analysis.
    """
    import asyncio
    import json
    from dataclasses import asdict

    from rich.console import Console

    from edge.commands.starting import log_to_stderr, nothing_to_clean_up, read_settings, say
    from model.errors import UsageError

    if not captions:
        raise UsageError(
            "how many conversations can be recognised from sound at once is not measured",
            "Measure those that arrive as text: undertone bench load --captions",
        )
    log_to_stderr(verbose=False)
    checkpoint_folder = read_settings(config).network.checkpoint
    say("loading the network …")

    with nothing_to_clean_up():
        import torch

        from edge.bench.load import LoadSettings, as_table, figures, in_words, largest_held, measure_load
        from model import checkpoint
        from model.evaluation.machine import this_machine

    torch.set_num_threads(threads or this_machine().cores)
    weights = checkpoint.load(checkpoint_folder or checkpoint.SHIPPED)
    settings = LoadSettings(seconds, most, wait_ms / 1000)
    say(f"trying more and more conversations, {seconds:g} s each; stop with Ctrl-C")
    levels = asyncio.run(measure_load(weights, settings, lambda level: say(in_words(level))))
    if as_json:
        chosen = {**asdict(settings), "captions": captions, "weights_sha256": weights.card.weights_sha256}
        measured = {"bench": "load", **figures(levels), "machine": this_machine().model_dump(), "settings": chosen}
        typer.echo(json.dumps(measured, indent=2))
    else:
        Console(highlight=False).print(as_table(levels))
        say(f"{largest_held(levels)} conversations at once had their results in time")
