"""`undertone evaluate --part`: one part held by itself against what is annotated for it."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import typer

from model.errors import SettingsError

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import RenderableType

    from edge.evaluation_view import EvaluationProgress


class Part(StrEnum):
    """What can be measured by itself."""

    SPEAKER = "speaker"
    VOICE = "voice"
    FACE = "face"


_OF_EVERY: Final = frozenset({"part", "data", "as_json"})
_ALSO: Final[Mapping[Part, frozenset[str]]] = MappingProxyType(
    {Part.SPEAKER: frozenset(), Part.VOICE: frozenset({"checkpoint"}), Part.FACE: frozenset({"checkpoint"})}
)
"""Parameters of the command that say something about a part, beside those of every one."""


def evaluate_part(context: typer.Context, part: Part, data: Path, *, checkpoint: Path | None, as_json: bool) -> None:
    """Measure a part, and print what came out.

    Args:
        context: Of the command, for the options that were given.
        part: Which one.
        data: What is annotated for it.
        checkpoint: Folder of its weights; None for the shipped ones.
        as_json: Print JSON, not tables.

    Raises:
        SettingsError: An option was given that is about something else.
    """
    from rich.console import Console

    from edge.evaluation_view import EvaluationProgress

    _require_only(context, part, _OF_EVERY | _ALSO[part])
    with EvaluationProgress() as progress:
        result, tables = _MEASURED[part](data, checkpoint, progress)
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
    else:
        Console(highlight=False).print(tables)


def _speaker(
    data: Path, _checkpoint: Path | None, progress: "EvaluationProgress"
) -> "tuple[BaseModel, RenderableType]":
    from edge.speakers.measure import measure
    from edge.speakers.report import as_table

    result = measure(data, progress.heard)
    return result, as_table(result)


def _voice(data: Path, checkpoint: Path | None, progress: "EvaluationProgress") -> "tuple[BaseModel, RenderableType]":
    from edge.classification_view import as_tables
    from model.evaluation.voice import evaluate
    from model.voice.encoder import SHIPPED

    result = evaluate(data, checkpoint or SHIPPED, progress.heard)
    return result, as_tables(result)


def _face(data: Path, checkpoint: Path | None, progress: "EvaluationProgress") -> "tuple[BaseModel, RenderableType]":
    from edge.classification_view import as_tables
    from model.evaluation.face import evaluate
    from model.face.weights import SHIPPED

    result = evaluate(data, checkpoint or SHIPPED, progress.seen)
    return result, as_tables(result)


_MEASURED: Final = MappingProxyType({Part.SPEAKER: _speaker, Part.VOICE: _voice, Part.FACE: _face})


def _require_only(context: typer.Context, part: Part, allowed: frozenset[str]) -> None:
    """Refuse options that are about something else than what is measured."""
    given = [option for option in context.command.params if _is_given(context, option.name)]
    if others := [option.opts[0] for option in given if option.name not in allowed]:
        useful = [option.opts[-1] for option in context.command.params if option.name in allowed - {"part"}]
        raise SettingsError(
            f"{', '.join(others)}: not for one part", f"With --part {part}, give {', '.join(useful)} only"
        )


def _is_given(context: typer.Context, name: str | None) -> bool:
    source = context.get_parameter_source(name) if name else None
    return source is not None and source.name == "COMMANDLINE"
