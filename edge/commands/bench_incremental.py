"""`undertone bench incremental`: what a new utterance costs, computed anew and computed incrementally."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from edge.commands.extras import needs_extra
from model.errors import SettingsError

_LANES, _LANES_GPU = (1, 8, 64, 256), (1, 8, 64, 256, 1_000)


def incremental(
    sizes: Annotated[
        str, typer.Option(metavar="N,N,…", help="Lengths of the conversation, in utterances.")
    ] = "10,50,200,1000,5000",
    steps: Annotated[int, typer.Option(min=1, help="Timed steps of b, c, d and e, per length.")] = 500,
    full_seconds: Annotated[
        float, typer.Option(min=0.001, help="Time for a, per length, seconds; at least 3 passes are made.")
    ] = 20.0,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads that each way may use.", show_default="all cores")
    ] = None,
    device: Annotated[Literal["cpu", "cuda"], typer.Option(help="Where it is computed.")] = "cpu",
    seed: Annotated[int, typer.Option(min=0, help="Of the conversation, and of the order of measuring.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for incremental.json, .svg and .png.", show_default="none"),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="All figures as JSON, with machine, versions, network and settings.")
    ] = False,
) -> None:
    """Measure what a new utterance costs in a conversation of N utterances, with the same results in four ways.

    (a) the network over the whole conversation, with PyTorch Geometric; (b) the fastest dense form over the last
    utterances that can matter; (c) that through torch.compile; (d) the incremental engine; and (e) the engine with
    many conversations in one step. Both for the shipped network and for one that looks ahead.

    All results are compared with (a). The ways take turns of ten steps, so that a slow moment of the machine hits them
    all; the first step of a turn, which finds the caches as others left them, is given besides. Leave the machine alone
    meanwhile: it takes about six minutes on two cores.
    """
    import json

    import torch
    from rich.console import Console

    from edge.logs import say

    with needs_extra("train"):
        from edge.bench.incremental.compiled import missing_compiler
        from edge.bench.incremental.report import BenchProgress, as_tables
        from edge.bench.incremental.run import run
        from edge.bench.incremental.settings import Settings

        if out:
            from edge.bench.incremental.picture import draw
    from model.evaluation.machine import this_machine

    if device == "cuda" and not torch.cuda.is_available():
        raise SettingsError("there is no CUDA device that PyTorch can use", "Leave --device out")
    machine = this_machine()
    settings = Settings(
        sizes=_sizes(sizes),
        steps=steps,
        full_s=full_seconds,
        lanes=_LANES_GPU if device == "cuda" else _LANES,
        threads=threads or machine.cores,
        device=device,
        seed=seed,
    )
    if lacking := missing_compiler():
        say(lacking)
    with BenchProgress() as progress:
        result = run(settings, progress.show, compiling=lacking is None)
    figures = json.dumps({"bench": "incremental", **result.as_json()}, indent=2)
    if as_json:
        typer.echo(figures)
    else:
        Console(highlight=False).print(as_tables(result))
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "incremental.json").write_text(figures + "\n", encoding="utf-8")
        pictures = [out / "incremental.svg", out / "incremental.png"]
        draw(result, pictures)
        for path in (out / "incremental.json", *pictures):
            say(f"written: {path}")


def _sizes(given: str) -> tuple[int, ...]:
    sizes = [word.strip() for word in given.split(",")]
    if not all(size.isdecimal() and int(size) > 0 for size in sizes):
        raise SettingsError(f"--sizes {given!r} are no lengths", "Give numbers of utterances, such as 10,50,200")
    return tuple(sorted({int(size) for size in sizes}))
