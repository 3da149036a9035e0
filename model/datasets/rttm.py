"""RTTM, the Rich Transcription Time Marked file: who speaks when in recordings, one turn a line.

`SPEAKER <recording> <channel> <start> <length> <NA> <NA> <speaker> <NA> <NA>`, times in seconds; other kinds of line
are about something else (https://www.nist.gov/document/rt09-meeting-eval-plan, appendix A).
"""

from pathlib import Path

from model.errors import DataError
from model.evaluation.diarization import Turn

_FIELDS = 8
_REMEDY = "Each turn is a line: SPEAKER recording 1 start length <NA> <NA> speaker <NA> <NA>"


def read(path: Path) -> dict[str, list[Turn]]:
    """The turns of every recording that the file names, in file order.

    Raises:
        DataError: The file cannot be read, or a line is not as above; names file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}", _REMEDY) from error
    turns: dict[str, list[Turn]] = {}
    for number, line in enumerate(lines, start=1):
        fields = line.split()
        if fields and fields[0] == "SPEAKER":
            recording, turn = _turn(fields, f"{path}:{number}")
            turns.setdefault(recording, []).append(turn)
    return turns


def _turn(fields: list[str], place: str) -> tuple[str, Turn]:
    if len(fields) < _FIELDS:
        raise DataError(f"{place}: {len(fields)} fields where {_FIELDS} are needed", _REMEDY)
    try:
        start_s, length_s = float(fields[3]), float(fields[4])
    except ValueError as error:
        raise DataError(f"{place}: {' '.join(fields[3:5])} are no times", _REMEDY) from error
    if not 0 <= start_s < start_s + length_s < float("inf"):
        raise DataError(f"{place}: nobody speaks from {start_s:g} s for {length_s:g} s", _REMEDY)
    return fields[1], Turn(fields[7], start_s, start_s + length_s)
