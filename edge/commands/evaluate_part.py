"""`undertone evaluate --part`: one part held by itself against what is annotated for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import typer

from edge.commands.extras import needs_extra
from model.errors import SettingsError

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import RenderableType

    from edge.evaluation_view import EvaluationProgress

    _Result = tuple[BaseModel, RenderableType]


class Part(StrEnum):
    """What can be measured by itself."""

    SPEAKER = "speaker"
    VOICE = "voice"
    FACE = "face"
    FUSION = "fusion"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options of the command say; each part reads those that are about it.

    Attributes:
        data: What is annotated for the part.
        data_format: Of annotated conversations.
        checkpoint: Folder of the weights; None for the shipped ones.
        seed: Of whatever is drawn.
        voice_pool: What a voice encoder said of people it did not know.
        face_pool: What a face encoder said of faces it did not know.
    """

    data: Path
    data_format: str
    checkpoint: Path | None
    seed: int
    voice_pool: Path | None
    face_pool: Path | None


_OF_EVERY: Final = frozenset({"part", "data", "as_json"})
_ALSO: Final[Mapping[Part, frozenset[str]]] = MappingProxyType(
    {
        Part.SPEAKER: frozenset(),
        Part.VOICE: frozenset({"checkpoint"}),
        Part.FACE: frozenset({"checkpoint"}),
        Part.FUSION: frozenset({"checkpoint", "data_format", "seed", "voice_pool", "face_pool"}),
    }
)
"""Parameters of the command that say something about a part, beside those of every one."""


def evaluate_part(context: typer.Context, part: Part, asked: Asked, *, as_json: bool) -> None:
    """Measure a part, and print what came out.

    Args:
        context: Of the command, for the options that were given.
        part: Which one.
        asked: What the options say.
        as_json: Print JSON, not tables.

    Raises:
        SettingsError: An option was given that is about something else.
    """
    from rich.console import Console

    from edge.evaluation_view import EvaluationProgress

    _require_only(context, part, _OF_EVERY | _ALSO[part])
    with EvaluationProgress() as progress:
        result, tables = _MEASURED[part](asked, progress)
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
    else:
        Console(highlight=False).print(tables)


def _speaker(asked: Asked, progress: "EvaluationProgress") -> "_Result":
    from edge.speakers.measure import measure
    from edge.speakers.report import as_table

    result = measure(asked.data, progress.heard)
    return result, as_table(result)


def _voice(asked: Asked, progress: "EvaluationProgress") -> "_Result":
    from edge.classification_view import as_tables
    from model.evaluation.voice import evaluate
    from model.voice.encoder import SHIPPED

    result = evaluate(asked.data, asked.checkpoint or SHIPPED, progress.heard)
    return result, as_tables(result)


def _face(asked: Asked, progress: "EvaluationProgress") -> "_Result":
    from edge.classification_view import as_tables
    from model.evaluation.face import evaluate
    from model.face.weights import SHIPPED

    result = evaluate(asked.data, asked.checkpoint or SHIPPED, progress.seen)
    return result, as_tables(result)


def _fusion(asked: Asked, progress: "EvaluationProgress") -> "_Result":
    with needs_extra("train"):
        from edge.fusion_view import as_tables
        from model.checkpoint import SHIPPED
        from model.evaluation.agreement import measure

    result = measure(
        asked.data,
        voice=asked.voice_pool,
        face=asked.face_pool,
        checkpoint=asked.checkpoint or SHIPPED,
        data_format=asked.data_format,
        seed=asked.seed,
        progress=progress.read,
    )
    return result, as_tables(result)


_MEASURED: Final = MappingProxyType(
    {Part.SPEAKER: _speaker, Part.VOICE: _voice, Part.FACE: _face, Part.FUSION: _fusion}
)


def _require_only(context: typer.Context, part: Part, allowed: frozenset[str]) -> None:
    """Refuse options that are about something else than what is measured."""
    given = [option for option in context.command.params if _is_given(context, option.name)]
    if others := [option.opts[0] for option in given if option.name not in allowed]:
        useful = [option.opts[0] for option in context.command.params if option.name in allowed - {"part"}]
        raise SettingsError(
            f"{', '.join(others)}: not for one part", f"With --part {part}, give {', '.join(useful)} only"
        )


def _is_given(context: typer.Context, name: str | None) -> bool:
    source = context.get_parameter_source(name) if name else None
    return source is not None and source.name == "COMMANDLINE"
