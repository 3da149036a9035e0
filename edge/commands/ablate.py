"""`undertone ablate`: what each part of the network is worth."""

from pathlib import Path
from typing import Annotated

import typer

from edge.commands.extras import needs_extra


def ablate(
    settings: Annotated[
        Path, typer.Argument(metavar="FILE", help="The rows of the table, such as configs/train/ablations.yaml.")
    ],
    row: Annotated[
        list[str] | None, typer.Option("--row", metavar="NAME", help="Only this row; may be given several times.")
    ] = None,
) -> None:
    """Train the network again and again with one thing changed, and print what that does on dev.

    Rows that are trained already are not trained again: interrupted, the same command goes on.
    """
    from pydantic import ValidationError

    from edge.yaml_file import read_yaml
    from model.config import refused_setting
    from model.errors import SettingsError

    with needs_extra("train"):
        from edge.training_view import TrainingView
        from model.training.ablation import AblationSettings, table
        from model.training.ablation import ablate as train_rows
        from model.training.progress import Stopped
        from model.training.settings import TrainSettings
    given, only = read_yaml(settings), tuple(row or ())
    try:
        chosen = AblationSettings.model_validate(given)
    except ValidationError as error:
        raise refused_setting(error, AblationSettings, where=lambda _: str(settings)) from error
    unknown = [name for name in only if name not in chosen.rows]
    if unknown:
        raise SettingsError(f"{settings} has no row {unknown[0]!r}", f"Choose --row {' or '.join(chosen.rows)}")
    try:
        for name in chosen.rows:
            chosen.training(name)
    except ValidationError as error:
        raise refused_setting(error, TrainSettings, where=lambda _: f"{settings}, row {name!r}") from error
    try:
        with TrainingView() as view:
            rows = train_rows(chosen, only, view)
    except Stopped as stopped:
        typer.echo("stopped; the state is saved: give the same command again to go on", err=True)
        raise KeyboardInterrupt from stopped
    typer.echo(table(rows))
