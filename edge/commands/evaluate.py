"""`undertone evaluate`: the shipped network, or another, held against annotated conversations."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from edge.commands.extras import needs_extra


def evaluate(
    *,
    data: Annotated[Path, typer.Option(metavar="FILE", help="Annotated conversations.")],
    data_format: Annotated[
        str, typer.Option("--format", help="Their format: ecf, semeval, meld, reccon, iemocap or goemotions.")
    ] = "ecf",
    network: Annotated[str, typer.Option(help="Which network reads them: mtml.")] = "mtml",
    delay: Annotated[
        str,
        typer.Option(
            metavar="N|offline",
            help="Later utterances that may be read before a result counts; offline: as many as the network reads.",
        ),
    ] = "0",
    checkpoint: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the weights.", show_default="the shipped one")
    ] = None,
    corrupt: Annotated[
        float, typer.Option(metavar="SHARE", min=0, max=1, help="Share of the words to corrupt before reading.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the corruption and of the intervals' resamples.")] = 0,
    pictures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for pictures of the results.", show_default="none")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Everything as JSON, with machine, versions, weights and settings.")
    ] = False,
) -> None:
    """Measure emotions and cause links on annotated conversations by the published definitions."""
    from rich.console import Console

    with needs_extra("train"):
        from edge.evaluation_view import EvaluationProgress, as_tables
        from model.checkpoint import SHIPPED
        from model.evaluation.evaluate import evaluate as measure

        if pictures:
            from model.evaluation.pictures import draw
    with EvaluationProgress() as progress:
        result = measure(
            data,
            data_format=data_format,
            network=network,
            delay=_delay(delay),
            checkpoint=checkpoint or SHIPPED,
            corrupt=corrupt,
            seed=seed,
            progress=progress.read,
        )
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
    else:
        Console(highlight=False).print(as_tables(result))
    if pictures:
        for picture in draw(result, pictures):
            typer.echo(f"drawn: {picture}", err=True)


def _delay(given: str) -> int | Literal["offline"]:
    from model.errors import SettingsError

    if given == "offline":
        return "offline"
    if given.isdecimal():
        return int(given)
    raise SettingsError(f"{given!r} is no delay", "Give --delay a number of utterances, such as 0, or offline")
