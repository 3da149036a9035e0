"""`undertone train`: a network from annotated conversations, or an encoder from annotated pictures."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from edge.commands.extras import needs_extra
from model.config import Config
from model.errors import SettingsError

if TYPE_CHECKING:
    from edge.training_view import TrainingView

_Settings = TypeVar("_Settings", bound=Config)


@dataclass(frozen=True, slots=True)
class _Training:
    """What is to be done, its settings checked.

    Attributes:
        results: The folder for what comes out.
        run: Trains, told to a view, and gives a line on each result.
    """

    results: Path
    run: Callable[["TrainingView"], Iterable[str]]


def train(
    settings: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Settings of the run, such as configs/train/mtml-ecf.yaml; with `part: voice` or `part: face`, "
            "those of an encoder.",
        ),
    ],
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Train anew what is finished or begun in the results folder.")
    ] = False,
) -> None:
    """Train the network on annotated conversations, one run per seed, each selected on dev; or an encoder.

    An interrupted training goes on where it was when the same command is given again.
    """
    from edge.yaml_file import read_yaml

    given = read_yaml(settings)
    with needs_extra("train"):
        from edge.training_view import TrainingView
        from model.training.progress import Stopped

        training = _prepare(given, settings, fresh=fresh)
    try:
        with TrainingView() as view:
            lines = training.run(view)
    except Stopped as stopped:
        typer.echo(f"stopped; the state is saved in {training.results}: give the same command again to go on", err=True)
        raise KeyboardInterrupt from stopped
    for line in lines:
        typer.echo(line)


def _prepare(given: Mapping[str, Any], file: Path, *, fresh: bool) -> _Training:
    part = given.get("part", "")
    if not isinstance(part, str) or part not in _PREPARED:
        raise SettingsError(
            f"setting 'part' in {file}: there is no {part!r} to train",
            f"Choose {', '.join(filter(None, _PREPARED))}, or leave it away to train the network on conversations",
        )
    return _PREPARED[part](given, file, fresh)


def _network(given: Mapping[str, Any], file: Path, fresh: bool) -> _Training:
    from model.training.runs import Run
    from model.training.settings import TrainSettings
    from model.training.train import train as train_network

    def line(run: Run) -> str:
        scores = run.dev.scores
        return (
            f"seed {run.seed}: pair F1 {scores.pair_f1:.3f}, w-avg-6 {scores.w_avg_6:.3f}, "
            f"weighted F1 {scores.emotion_weighted_f1:.3f} on dev, in {run.folder}"
        )

    chosen = _validated(given, TrainSettings, file)
    return _Training(chosen.results, lambda view: map(line, train_network(chosen, view, fresh=fresh)))


def _voice(given: Mapping[str, Any], file: Path, fresh: bool) -> _Training:  # noqa: ARG001 - it is always fitted anew
    from model.encoder_checkpoint import EncoderCard
    from model.training.voice.run import train as train_voice
    from model.training.voice.settings import VoiceTraining

    def lines(card: EncoderCard) -> Iterable[str]:
        for name, figure in card.figures.items():
            if isinstance(figure, dict):
                yield f"{name.replace('_', ' ')}: {figure['mean']:.3f} on people it does not know, mean of the seeds"
        yield f"the encoder is in {chosen.results / 'checkpoint'}, what it says of people it does not know beside it"

    chosen = _validated(given, VoiceTraining, file)
    return _Training(chosen.results, lambda view: lines(train_voice(chosen, view)))


def _face(given: Mapping[str, Any], file: Path, fresh: bool) -> _Training:
    from model.training.face.outcome import Outcome
    from model.training.face.settings import FaceTrainSettings
    from model.training.face.train import train as train_face

    def line(outcome: Outcome) -> str:
        dev, unseen = outcome.dev, outcome.unseen
        return (
            f"seed {outcome.seed}: accuracy {dev.accuracy:.3f}, unweighted {dev.unweighted_accuracy:.3f} on "
            f"{chosen.dev}, {unseen.accuracy:.3f} on the part it did not see, in {outcome.folder}"
        )

    chosen = _validated(given, FaceTrainSettings, file)
    return _Training(chosen.results, lambda view: map(line, train_face(chosen, view, fresh=fresh)))


_PREPARED: Final[Mapping[str, Callable[[Mapping[str, Any], Path, bool], _Training]]] = MappingProxyType(
    {"": _network, "voice": _voice, "face": _face}
)
"""By the setting `part`; without it, the network is trained."""


def _validated(given: Mapping[str, Any], settings: type[_Settings], file: Path) -> _Settings:
    from pydantic import ValidationError

    from model.config import refused_setting

    try:
        return settings.model_validate(dict(given))
    except ValidationError as error:
        raise refused_setting(error, settings, where=lambda _: str(file)) from error
