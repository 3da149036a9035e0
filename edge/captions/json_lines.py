"""JSON lines: one object per line, times in seconds.

`{"start": 1.0, "end": 2.5, "speaker": "Anna", "text": "hello"}`
"""

import json
import math
from collections.abc import Iterator
from typing import Any

from edge.captions.blocks import checked_times
from edge.captions.cue import Cue, Found, Line, Malformed
from edge.captions.markup import name_of, plain

_LONGEST_ID = 200


class JsonLines:
    """Reads JSON lines. `speaker` and `id` may be absent or null; keys it does not know are others' business."""

    def line(self, line: Line) -> Iterator[Found]:
        """The cue of a line; empty lines are none."""
        if line.text.strip():
            yield _cue(line)

    def broken(self) -> None:
        """Every line stands for itself."""

    def rest(self) -> Iterator[Found]:
        """Nothing: every line stands for itself."""
        yield from ()


def _cue(line: Line) -> Found:
    try:
        given = json.loads(line.text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        return Malformed(line.number, 'a JSON object such as {"start": 1.0, "end": 2.5, "text": "…"} is expected')
    if (problem := _wrong_type(given)) is not None:
        return Malformed(line.number, problem)
    times = checked_times(line.number, float(given["start"]), float(given["end"]))
    if isinstance(times, Malformed):
        return times
    key = given.get("id")
    return Cue(
        line.number,
        times.start_s,
        times.end_s,
        name_of(given.get("speaker")),
        (plain(given["text"]),),
        None if key is None else str(key)[:_LONGEST_ID],
    )


def _wrong_type(given: dict[str, Any]) -> str | None:
    """What is wrong with the values, if something is."""
    for key in ("start", "end"):
        if not _is_number(given.get(key)):
            return f'"{key}" must be a number of seconds'
    if not isinstance(given.get("text"), str):
        return '"text" must be a string'
    if not isinstance(given.get("speaker"), str | None):
        return '"speaker" must be a string, or absent'
    if isinstance(given.get("id"), bool) or not isinstance(given.get("id"), str | int | None):
        return '"id" must be a string or a whole number, or absent'
    return None


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
