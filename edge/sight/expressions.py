"""What the faces in a film express, over its whole length."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from edge.sight.film import Film
from model.emotions import EKMAN_LABELS
from model.errors import SourceError
from realtime.faces.course import Expression, ExpressionCourse
from realtime.faces.reader import FaceReader
from realtime.faces.timeline import Observation

_WIDTH: Final = 1280
_DIGITS: Final = 4
_BREAK_S: Final = 1.0  # a face that is away for longer has left


class Moment(BaseModel):
    """What a face expresses at a moment, smoothed."""

    model_config = ConfigDict(frozen=True)

    time_s: float = Field(description="Seconds from the beginning of the film.")
    label: str = Field(description="What is shown; it stays until another label leads it by 0.1.")
    probabilities: dict[str, float] = Field(description="Of each label, smoothed with a time constant of 1 s.")


class FaceCourse(BaseModel):
    """One face, while it was in view."""

    model_config = ConfigDict(frozen=True)

    face: int = Field(description="Its id, from 1.")
    moments: tuple[Moment, ...] = Field(description="One for each picture in which it was read.")

    def stretches(self) -> Iterator[tuple[str, float, float]]:
        """Label, start and end in seconds, as long as the label stays and the face is there."""
        first = before = self.moments[0]
        for moment in self.moments[1:]:
            if moment.label != before.label or moment.time_s - before.time_s > _BREAK_S:
                yield first.label, first.time_s, before.time_s
                first = moment
            before = moment
        yield first.label, first.time_s, before.time_s


class FilmExpressions(BaseModel):
    """The faces of a film."""

    model_config = ConfigDict(frozen=True)

    film: str = Field(description="Its file name.")
    rate: float = Field(description="Pictures that were looked at, per second.")
    pictures: int = Field(description="How many they were.")
    length_s: float = Field(description="Time of the last one, seconds.")
    faces: tuple[FaceCourse, ...] = Field(description="Those that were surely faces, in the order of their ids.")


def read_film(path: Path, rate: float, reader: FaceReader) -> FilmExpressions:
    """Look through a film.

    Args:
        path: The file.
        rate: Pictures to look at, per second.
        reader: Finds and reads faces; already open.

    Raises:
        SourceError: The file is missing, unreadable, or has no pictures.
    """
    film = Film(path, _WIDTH)
    try:
        observations = list(_observed(film, rate, reader))
    finally:
        film.close()
    if not observations:
        raise SourceError(f"no picture of {path} can be read", "Check that it plays elsewhere (ffplay, VLC)")
    return FilmExpressions(
        film=path.name,
        rate=rate,
        pictures=len(observations),
        length_s=round(observations[-1].time_s, 3),
        faces=tuple(_courses(observations)),
    )


def _observed(film: Film, rate: float, reader: FaceReader) -> Iterator[Observation]:
    for shown in film.shown(1.0 / rate):
        if shown.image is not None:
            yield reader.observe(shown.image, shown.time_s)


def _courses(observations: list[Observation]) -> Iterator[FaceCourse]:
    confirmed = {view.face for seen in observations for view in seen.faces if view.confirmed}
    for face in sorted(confirmed):
        course = ExpressionCourse()
        expressions = [
            course.add(seen.time_s, view) for seen in observations for view in seen.faces if view.face == face
        ]
        if moments := [_moment(each) for each in expressions if each is not None]:
            yield FaceCourse(face=face, moments=tuple(moments))


def _moment(expression: Expression) -> Moment:
    numbers = map(float, expression.probabilities)
    return Moment(
        time_s=round(expression.time_s, 3),
        label=expression.label,
        probabilities={label: round(number, _DIGITS) for label, number in zip(EKMAN_LABELS, numbers, strict=True)},
    )
