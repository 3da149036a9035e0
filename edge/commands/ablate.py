"""`undertone ablate`: what each part of the network is worth."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any

import typer

from edge.commands.extras import needs_extra
from model.errors import SettingsError


def ablate(
    settings: Annotated[
        Path, typer.Argument(metavar="FILE", help="The rows of the table, such as configs/train/ablations.yaml.")
    ],
    row: Annotated[
        list[str] | None, typer.Option("--row", metavar="NAME", help="Only this row; may be given several times.")
    ] = None,
) -> None:
    """Train the network again and again with one thing changed, and print what that does on dev.

    Rows that are trained already are not trained again: interrupted, the same command goes on. Rows that read vectors
    (configs/train/mosi.yaml) take seconds each, and are always trained.
    """
    from pydantic import ValidationError

    from edge.yaml_file import read_yaml
    from model.config import refused_setting

    given, only = read_yaml(settings), tuple(row or ())
    if "vectors" in given:
        _compare_vectors(settings, given, only)
        return
    with needs_extra("train"):
        from edge.training_view import TrainingView
        from model.training.ablation import AblationSettings, table
        from model.training.ablation import ablate as train_rows
        from model.training.progress import Stopped
        from model.training.settings import TrainSettings
    try:
        chosen = AblationSettings.model_validate(given)
    except ValidationError as error:
        raise refused_setting(error, AblationSettings, where=lambda _: str(settings)) from error
    _require_rows(settings, only, chosen.rows)
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


def _compare_vectors(settings: Path, given: dict[str, Any], only: tuple[str, ...]) -> None:
    """The same for networks that read vectors which somebody extracted."""
    from pydantic import ValidationError

    from model.config import refused_setting

    with needs_extra("train"):
        from edge.training_view import TrainingView
        from model.training.progress import Stopped
        from model.training.vectors import VectorSettings, compare, table
    try:
        chosen = VectorSettings.model_validate(given)
    except ValidationError as error:
        raise refused_setting(error, VectorSettings, where=lambda _: str(settings)) from error
    _require_rows(settings, only, chosen.rows)
    try:
        with TrainingView() as view:
            results = compare(chosen, only, view)
    except Stopped as stopped:
        raise KeyboardInterrupt from stopped
    typer.echo(table(results))


def _require_rows(settings: Path, only: tuple[str, ...], rows: Collection[str]) -> None:
    unknown = [name for name in only if name not in rows]
    if unknown:
        raise SettingsError(f"{settings} has no row {unknown[0]!r}", f"Choose --row {' or '.join(rows)}")
