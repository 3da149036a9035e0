"""Emotion-Cause-in-Friends: the text format of its authors (NUSTM/MECPE), releases 1.0 and 2.0.

A conversation is a line `id n`; a line of pairs `(emotion utterance,cause utterance),…`, counted from 1, possibly
empty; and n lines `number | speaker | emotion | text | clip: 00:01:19.037 - 00:01:25.417`. A text may itself contain
` | `.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from model.conversation import UNKNOWN_SPEAKER, Conversation, Pair, Utterance
from model.datasets import clock
from model.datasets.checks import gathered, known_label, pair_within
from model.datasets.text_lines import Lines, quote
from model.emotions import EKMAN_LABELS

_REMEDY = "Compare it with the ECF format: NUSTM/MECPE, data/README.md"
_NUMBER = "[0-9]{1,9}"
_HEADER = re.compile(rf"(?P<id>\S+)\s+(?P<count>{_NUMBER})")
_PAIR = re.compile(rf"\(\s*({_NUMBER})\s*,\s*({_NUMBER})\s*\)")
_ONE_PAIR = rf"\(\s*{_NUMBER}\s*,\s*{_NUMBER}\s*\)"
_PAIRS = re.compile(rf"{_ONE_PAIR}(\s*,\s*{_ONE_PAIR})*\s*,?")
_UTTERANCE = re.compile(
    rf"(?P<number>{_NUMBER}) \| (?P<speaker>.*?) \| (?P<emotion>[a-z]+) \|(?P<text>.*)\| [^|]*?"
    rf"(?P<start>{clock.PATTERN}) - (?P<end>{clock.PATTERN})"
)


def load(path: Path) -> tuple[Conversation, ...]:
    """All conversations of an ECF text file, in file order.

    Args:
        path: The file; UTF-8, line ends of any system.

    Raises:
        DataError: The file cannot be read, holds no conversation, or a line breaks the format; names file and line.
    """
    lines = Lines(path, _REMEDY)
    return gathered((_read_conversation(line, lines) for line in lines if line.strip()), lines.error)


@dataclass(frozen=True, slots=True)
class _Row:
    """One utterance line, understood."""

    utterance: Utterance
    emotion: str


def _read_conversation(header: str, lines: Lines) -> Conversation:
    match = _HEADER.fullmatch(header.strip())
    if match is None or int(match["count"]) == 0:
        raise lines.error(f"expected `conversation_id n_utterances`, found {quote(header)}")
    count = int(match["count"])
    pairs = _read_pairs(_next(lines, "the line of pairs"), count, lines)
    rows = [_read_row(_next(lines, f"utterance {n} of {count}"), n, lines) for n in range(1, count + 1)]
    return Conversation(
        id=match["id"],
        utterances=tuple(row.utterance for row in rows),
        emotions=tuple(row.emotion for row in rows),
        pairs=pairs,
    )


def _read_pairs(line: str, count: int, lines: Lines) -> frozenset[Pair]:
    line = line.strip()
    if line and not _PAIRS.fullmatch(line):
        raise lines.error(f"expected pairs such as `(3,1),(3,3)` or an empty line, found {quote(line)}")
    numbers = range(1, count + 1)
    return frozenset(
        pair_within(int(emotion), int(cause), numbers, lines.error) for emotion, cause in _PAIR.findall(line)
    )


def _read_row(line: str, number: int, lines: Lines) -> _Row:
    match = _UTTERANCE.fullmatch(line.strip())
    if match is None:
        raise lines.error(f"expected `number | speaker | emotion | text | clip: start - end`, found {quote(line)}")
    if int(match["number"]) != number:
        raise lines.error(f"expected utterance {number}, found utterance {match['number']}")
    utterance = Utterance(
        id=str(number),
        index=number - 1,
        speaker=match["speaker"].strip() or UNKNOWN_SPEAKER,
        text=match["text"].strip(),
        start_s=clock.seconds(match["start"], lines.error),
        end_s=clock.seconds(match["end"], lines.error),
    )
    return _Row(utterance, known_label(match["emotion"], EKMAN_LABELS, lines.error))


def _next(lines: Lines, expected: str) -> str:
    line = next(lines, None)
    if line is None:
        raise lines.error(f"the file ends where {expected} should stand")
    return line
