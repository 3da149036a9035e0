"""`undertone sync`: by how much sound and pictures of a recording are apart, and what to set."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from realtime.synchrony import Synchrony

EXIT_UNKNOWN = 1

_TOGETHER_S = 0.02  # nobody notices less, and it cannot be measured better


def sync(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recording with sound and pictures: mp4, mkv, …")],
    seconds: Annotated[
        float, typer.Option(metavar="SECONDS", min=10.0, max=3600.0, help="How much of its beginning is looked at.")
    ] = 300.0,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Measure by how much sound and pictures of a recording are apart, and say what to set.

    It compares when the sound changes with when something moves. Exits with 1 where that cannot tell.
    """
    import json

    from edge.sight.synchrony import synchrony_of

    found = synchrony_of(file.expanduser(), seconds)
    if as_json:
        typer.echo(json.dumps(_record(found), indent=2))
    else:
        typer.echo("\n".join(_lines(found)))
    if found.sound_late_s is None:
        raise typer.Exit(EXIT_UNKNOWN)


def _record(found: "Synchrony") -> dict[str, float | str | None]:
    late_s = found.sound_late_s
    return {
        "sound_late_s": None if late_s is None else round(late_s, 3),
        "camera_offset_s": None if late_s is None else _offset_s(late_s),
        "confidence": round(found.confidence, 2),
        "reason": found.reason,
    }


def _lines(found: "Synchrony") -> list[str]:
    late_s = found.sound_late_s
    if late_s is None:
        return [
            f"It cannot be told whether sound and pictures belong together: {found.reason}.",
            "Record somebody who claps now and then, not evenly, for twenty seconds, and measure that.",
        ]
    if abs(late_s) < _TOGETHER_S:
        return [f"Sound and pictures belong together: they are less than {1000 * _TOGETHER_S:.0f} ms apart."]
    when = "later" if late_s > 0 else "earlier"
    setting = f"camera: {{part: recording, offset_s: {_offset_s(late_s)}}}"
    return [
        f"The sound comes {1000 * abs(late_s):.0f} ms {when} than its pictures (confidence {found.confidence:.2f}).",
        f"To make up for it, leave --camera away and say in a file for --config: {setting}",
    ]


def _offset_s(late_s: float) -> float:
    """The camera's setting that makes up for sound that comes so much later than its pictures."""
    return round(-late_s, 2) + 0.0
