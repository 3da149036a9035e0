"""`undertone face`: what the camera would make of the faces in a film."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.commands.extras import needs_extra
from edge.commands.options import ConfigOption

if TYPE_CHECKING:
    from edge.settings import AppSettings
    from edge.sight.expressions import FilmExpressions
    from realtime.faces.reader import FaceReader

_FORMATS = (".png", ".svg", ".pdf")


def face(
    film: Annotated[Path, typer.Argument(metavar="VIDEO", help="A film: mp4, mkv, webm, …")],
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw the probabilities over time; needs the extra train.")
    ] = None,
    rate: Annotated[float, typer.Option(metavar="PICTURES", min=1.0, max=30.0, help="Pictures per second.")] = 10.0,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, with every moment.")] = False,
) -> None:
    """Read the expressions of the faces in a film over time, as they are read from a camera.

    No picture is kept, and nothing is published. Which detector and encoder, the settings say. What people are like at
    rest is not subtracted here: that is learned while they speak.
    """
    from edge.configuration import read_configuration
    from edge.purpose import refuse_camera
    from edge.sight.expressions import read_film

    if picture is not None:
        _require_drawable(picture)
        with needs_extra("train"):
            from edge.sight.expression_picture import draw
    settings = read_configuration(config).settings
    refuse_camera(settings.purpose)
    reader = _reader(settings)
    result = read_film(film.expanduser(), rate, reader)
    if picture is not None:
        picture.expanduser().parent.mkdir(parents=True, exist_ok=True)
        draw(result, picture.expanduser())
    typer.echo(result.model_dump_json(indent=2) if as_json else "\n".join(_lines(result)))


def _reader(settings: "AppSettings") -> "FaceReader":
    """What finds and reads faces, opened."""
    import torch

    from edge.seeing import DETECTOR
    from edge.sensing import ENCODER
    from realtime.faces.reader import FaceReader
    from realtime.faces.tracker import FaceTracker
    from realtime.parts import load_part

    torch.set_num_threads(1)
    detector = load_part("realtime.face_detectors", settings.face_detector or DETECTOR)
    encoder = load_part("realtime.face_encoders", settings.face_encoder or ENCODER)
    reader = FaceReader(FaceTracker(detector), encoder)
    reader.open()
    return reader


def _require_drawable(picture: Path) -> None:
    """Refuse, before any work is done, a picture that could not be drawn."""
    from model.errors import SettingsError

    if picture.suffix.lower() not in _FORMATS:
        raise SettingsError(
            f"--picture {picture}: that is no format for pictures", f"End it with {', '.join(_FORMATS)}"
        )


def _lines(result: "FilmExpressions") -> list[str]:
    looked = f"{result.film}: {result.pictures} pictures, {result.length_s:.1f} s"
    if not result.faces:
        return [f"{looked}; no face in any of them."]
    lines = [f"{looked}."]
    for course in result.faces:
        lines.append(f"Face {course.face}:")
        lines += [f"  {start_s:6.1f} to {end_s:6.1f} s  {label}" for label, start_s, end_s in course.stretches()]
    return lines
