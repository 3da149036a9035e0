"""`undertone train`: a network from annotated conversations."""

from pathlib import Path
from typing import Annotated

import typer

from edge.commands.extras import needs_extra


def train(
    settings: Annotated[
        Path, typer.Argument(metavar="FILE", help="Settings of the run, such as configs/train/mtml-ecf.yaml.")
    ],
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Train anew what is finished or begun in the results folder.")
    ] = False,
) -> None:
    """Train the network on annotated conversations, one run per seed, each selected on dev.

    An interrupted training goes on where it was when the same command is given again.
    """
    from pydantic import ValidationError

    from edge.yaml_file import read_yaml
    from model.config import refused_setting

    with needs_extra("train"):
        from edge.training_view import TrainingView
        from model.training.progress import Stopped
        from model.training.settings import TrainSettings
        from model.training.train import train as train_network
    given = read_yaml(settings)
    try:
        chosen = TrainSettings.model_validate(given)
    except ValidationError as error:
        raise refused_setting(error, TrainSettings, where=lambda _: str(settings)) from error
    try:
        with TrainingView() as view:
            runs = train_network(chosen, view, fresh=fresh)
    except Stopped as stopped:
        typer.echo(f"stopped; the state is saved in {chosen.results}: give the same command again to go on", err=True)
        raise KeyboardInterrupt from stopped
    for run in runs:
        scores = run.dev.scores
        typer.echo(
            f"seed {run.seed}: pair F1 {scores.pair_f1:.3f}, w-avg-6 {scores.w_avg_6:.3f}, "
            f"weighted F1 {scores.emotion_weighted_f1:.3f} on dev, in {run.folder}"
        )
