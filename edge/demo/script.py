"""The demo's script: who says what, when, with which emotion, and which utterance caused it.

`conversation.jsonl` was written by us, and its labels were set by hand from the words, before any network of this
project was trained. Nothing is trained on it, and no weight or threshold is fitted to it. `timing.jsonl` is measured
when the script is voiced (see `edge.demo.make`) and says where in `conversation.flac` each line's speech lies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from model.emotions import EKMAN_LABELS, NEUTRAL
from model.errors import DataError

SCRIPT_PATH = Path(__file__).with_name("conversation.jsonl")
"""The lines, their intended emotions and causes: one JSON object per line."""

TIMING_PATH = Path(__file__).with_name("timing.jsonl")
"""Where each line's speech begins and ends in the recording: one JSON object per line."""

RECORDING_PATH = Path(__file__).with_name("conversation.flac")
"""The voiced script: 16 kHz, 16 bits, one channel per speaker."""

RESTORE_REMEDY = "Run `git checkout -- edge/demo` or install undertone again"

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """One utterance as it was written.

    Attributes:
        id: Position in the script, from 1.
        speaker: The name of who speaks.
        channel: The recording's channel that carries this speaker, from 0.
        voice: The flite voice that speaks it.
        text: The words.
        pause_s: Silence between the end of the line before and the start of this one, in seconds.
        emotion: One of `EKMAN_LABELS`.
        causes: Ids of the utterances that caused the emotion, this one or earlier ones; empty when neutral.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    id: int
    speaker: str
    channel: int
    voice: str
    text: str
    pause_s: float
    emotion: str
    causes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LineTiming:
    """Where the speech of one line lies in the recording.

    Attributes:
        id: The line's id.
        start_s: First sample of speech, in seconds from the recording's start.
        end_s: One past the last sample of speech, in seconds from the recording's start.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    id: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line of the script together with the place where it is spoken.

    Attributes:
        line: What is said, felt and caused.
        start_s: First sample of speech, in seconds from the recording's start.
        end_s: One past the last sample of speech, in seconds from the recording's start.
    """

    line: ScriptLine
    start_s: float
    end_s: float


def read_script(path: Path = SCRIPT_PATH) -> tuple[ScriptLine, ...]:
    """Read the script.

    Args:
        path: A file with one `ScriptLine` as JSON per line.

    Returns:
        The lines in spoken order; `lines[i].id == i + 1`.

    Raises:
        DataError: The file cannot be read, or a line is malformed, out of order, or caused by what was not yet said.
    """
    lines = _read_rows(path, TypeAdapter(ScriptLine))
    for number, line in enumerate(lines, start=1):
        problem = _find_problem(line, number)
        if problem:
            raise DataError(f"{path}:{number}: {problem}", RESTORE_REMEDY)
    return lines


def demo_speakers() -> tuple[str, ...]:
    """Who speaks on each channel of the recording."""
    by_channel = {line.channel: line.speaker for line in read_script()}
    return tuple(by_channel[channel] for channel in sorted(by_channel))


def read_timing(path: Path = TIMING_PATH) -> tuple[LineTiming, ...]:
    """Read where the lines are spoken.

    Args:
        path: A file with one `LineTiming` as JSON per line.

    Returns:
        The places in spoken order; they do not overlap.

    Raises:
        DataError: The file cannot be read, or a place is malformed, empty, or begins before the one before it ends.
    """
    places = _read_rows(path, TypeAdapter(LineTiming))
    previous_end_s = 0.0
    for number, place in enumerate(places, start=1):
        if not previous_end_s <= place.start_s < place.end_s:
            raise DataError(f"{path}:{number}: the line's time is empty or overlaps the line before", RESTORE_REMEDY)
        previous_end_s = place.end_s
    return places


def read_spoken_script(script_path: Path = SCRIPT_PATH, timing_path: Path = TIMING_PATH) -> tuple[SpokenLine, ...]:
    """Read the script together with the place where each line is spoken.

    Args:
        script_path: As for `read_script`.
        timing_path: As for `read_timing`.

    Returns:
        The lines in spoken order.

    Raises:
        DataError: A file cannot be read, or the two do not belong together.
    """
    lines, places = read_script(script_path), read_timing(timing_path)
    if [line.id for line in lines] != [place.id for place in places]:
        raise DataError(f"{timing_path} does not list the lines of {script_path}", RESTORE_REMEDY)
    return tuple(SpokenLine(line, place.start_s, place.end_s) for line, place in zip(lines, places, strict=True))


def write_timing(places: Sequence[LineTiming], path: Path = TIMING_PATH) -> None:
    """Write where the lines are spoken, as `read_timing` reads it.

    Args:
        places: One per line of the script, in spoken order.
        path: Where to write.
    """
    adapter = TypeAdapter(LineTiming)
    path.write_text("".join(adapter.dump_json(place).decode() + "\n" for place in places), encoding="utf-8")


def _read_rows(path: Path, adapter: TypeAdapter[_Row]) -> tuple[_Row, ...]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}", RESTORE_REMEDY) from error
    return tuple(_parse_row(row, path, number, adapter) for number, row in enumerate(text.splitlines(), start=1))


def _parse_row(row: str, path: Path, number: int, adapter: TypeAdapter[_Row]) -> _Row:
    try:
        return adapter.validate_json(row)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "line"
        raise DataError(f"{path}:{number}: {where}: {first['msg']}", RESTORE_REMEDY) from error


def _find_problem(line: ScriptLine, number: int) -> str | None:
    if line.id != number:
        return f"the id is {line.id} where {number} is expected"
    if line.emotion not in EKMAN_LABELS:
        return f"'{line.emotion}' is not one of {', '.join(EKMAN_LABELS)}"
    if line.emotion == NEUTRAL and line.causes:
        return "a neutral line has no causes"
    if any(not 1 <= cause <= number for cause in line.causes):
        return "a cause is neither this line nor an earlier one"
    return None
