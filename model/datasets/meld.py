"""MELD: the CSV tables of its authors (declare-lab/MELD), such as `train_sent_emo.csv`.

A row is one utterance; `Dialogue_ID` and `Utterance_ID` say where it belongs. Numbers may be missing among the
utterances of a dialogue. Some copies still hold single characters of Windows-1252, such as byte 92 for an apostrophe,
as they are or encoded as the control characters of Unicode; both are read as what was meant.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from model.conversation import UNKNOWN_SPEAKER, Conversation, Utterance
from model.datasets import clock
from model.datasets.checks import gathered, known_label
from model.datasets.text_lines import Lines
from model.emotions import EKMAN_LABELS

_REMEDY = "Compare it with the CSV files of MELD: declare-lab/MELD, data/MELD"
_COLUMNS = ("Utterance", "Speaker", "Emotion", "Dialogue_ID", "Utterance_ID", "StartTime", "EndTime")
_WINDOWS = "cp1252"
_MEANT = {code: bytes([code]).decode(_WINDOWS, errors="ignore") or chr(code) for code in range(0x80, 0xA0)}


def load(path: Path) -> tuple[Conversation, ...]:
    """All dialogues of a MELD table in order of first appearance, utterances by number; pairs are not annotated.

    Args:
        path: The CSV file.

    Raises:
        DataError: The file cannot be read, holds no dialogue, or a row breaks the format; names file and line.
    """
    lines = Lines(path, _REMEDY, stray_encoding=_WINDOWS)
    dialogues: dict[int, dict[int, _Row]] = {}
    for row in _read_rows(lines):
        rows = dialogues.setdefault(row.dialogue, {})
        if row.number in rows:
            raise lines.error(f"utterance {row.number} of dialogue {row.dialogue} appears twice")
        rows[row.number] = row
    conversations = (
        _conversation(dialogue, [rows[number] for number in sorted(rows)]) for dialogue, rows in dialogues.items()
    )
    return gathered(conversations, lines.error)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the table, understood."""

    dialogue: int
    number: int
    speaker: str
    text: str
    emotion: str
    start_s: float
    end_s: float


def _read_rows(lines: Lines) -> Iterator[_Row]:
    table = csv.reader((line + "\n" for line in lines), strict=True)
    try:
        header = next(table, [])
        for column in _COLUMNS:
            if column not in header:
                raise lines.error(f"the column {column!r} is missing")
        for cells in table:
            if cells:
                yield _read_row(header, cells, lines)
    except csv.Error as error:
        raise lines.error(f"no CSV: {error}") from error


def _read_row(header: Sequence[str], cells: Sequence[str], lines: Lines) -> _Row:
    if len(cells) != len(header):
        raise lines.error(f"expected {len(header)} columns, found {len(cells)}")
    row = {column: cell.translate(_MEANT).strip() for column, cell in zip(header, cells, strict=True)}
    return _Row(
        dialogue=_number(row["Dialogue_ID"], lines),
        number=_number(row["Utterance_ID"], lines),
        speaker=row["Speaker"] or UNKNOWN_SPEAKER,
        text=row["Utterance"],
        emotion=known_label(row["Emotion"], EKMAN_LABELS, lines.error),
        start_s=clock.seconds(row["StartTime"], lines.error),
        end_s=clock.seconds(row["EndTime"], lines.error),
    )


def _number(cell: str, lines: Lines) -> int:
    longest = 9
    if not (cell.isascii() and cell.isdigit() and len(cell) <= longest):
        raise lines.error(f"expected the number of a dialogue or an utterance, found {cell!r}")
    return int(cell)


def _conversation(dialogue: int, rows: Sequence[_Row]) -> Conversation:
    return Conversation(
        id=str(dialogue),
        utterances=tuple(
            Utterance(str(row.number), index, row.speaker, row.text, row.start_s, row.end_s)
            for index, row in enumerate(rows)
        ),
        emotions=tuple(row.emotion for row in rows),
    )
