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

        from edge.bench.load import LIMIT_MS, Level, LoadSettings, as_table, largest_held, measure_load
        from model import checkpoint
        from model.evaluation.machine import this_machine

    machine = this_machine()
    torch.set_num_threads(threads or machine.cores)
    weights = checkpoint.load(checkpoint_folder or checkpoint.SHIPPED)

    def told(level: Level) -> None:
        say(
            f"{level.conversations} conversations, {level.utterances_per_s:.1f} utterances/s: "
            f"p50 {level.lag_p50_ms:.0f} ms, p95 {level.lag_p95_ms:.0f} ms, {'held' if level.held else 'too many'}"
        )

    say(f"trying more and more conversations, {seconds:g} s each; stop with Ctrl-C")
    levels = asyncio.run(measure_load(weights, LoadSettings(seconds, most, wait_ms / 1000), told))
    conversations = largest_held(levels)
    if as_json:
        figures = {
            "bench": "load",
            "conversations": conversations,
            "levels": [level.as_json() for level in levels],
            "lag": {
                "from": "an utterance's arrival as text, at the moment it was due",
                "to": "its results out of the analysis",
                "includes": ["waiting", "encoding", "analysis"],
                "excludes": ["recognition", "publishing"],
                "limit_p95_ms": LIMIT_MS,
            },
            "machine": this_machine().model_dump(),
            "settings": {
                "captions": True,
                "seconds_per_level": seconds,
                "most_conversations": most,
                "wait_ms": wait_ms,
                "threads": torch.get_num_threads(),
                "weights_sha256": weights.card.weights_sha256,
            },
        }
        typer.echo(json.dumps(figures, indent=2))
    else:
        Console(highlight=False).print(as_table(levels))
        say(f"{conversations} conversations at once had their results in time")
