"""`undertone evaluate`: the shipped network, or another, held against annotated conversations."""

from pathlib import Path
from typing import Annotated

import typer

from edge.commands.extras import needs_extra


def evaluate(
    data: Annotated[Path, typer.Option(metavar="FILE", help="Annotated conversations.")],
    data_format: Annotated[str, typer.Option("--format", help="Their format: ecf.")] = "ecf",
    network: Annotated[str, typer.Option(help="Which network reads them: mtml.")] = "mtml",
    delay: Annotated[int, typer.Option(min=0, help="Later utterances that may be read before a result counts.")] = 0,
    checkpoint: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the weights.", show_default="the shipped one")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Everything as JSON, with machine, versions, weights and settings.")
    ] = False,
) -> None:
    """Measure emotions and cause links on annotated conversations by the published definitions."""
    with needs_extra("train"):
        from model.checkpoint import SHIPPED
        from model.evaluation.evaluate import evaluate as measure
    result = measure(data, data_format=data_format, network=network, delay=delay, checkpoint=checkpoint or SHIPPED)
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
        return
    typer.echo(f"{result.conversations} conversations, {result.utterances} utterances, {result.pairs} pairs")
    for name, value in result.model_dump().items():
        if isinstance(value, float):
            typer.echo(f"{name:<24} {value:.3f}")
