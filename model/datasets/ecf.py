"""Emotion-Cause-in-Friends: the text format of its authors (NUSTM/MECPE), releases 1.0 and 2.0.

A conversation is a line `id n`; a line of pairs `(emotion utterance,cause utterance),…`, counted from 1, possibly
empty; and n lines `number | speaker | emotion | text | clip: 00:01:19.037 - 00:01:25.417`. A text may itself contain
` | `.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from model.conversation import Conversation, Pair, Utterance
from model.emotions import EKMAN_LABELS
from model.errors import DataError

_HEADER = re.compile(r"(?P<id>\S+)\s+(?P<count>\d+)")
_PAIR = re.compile(r"\(\s*(\d+)\s*,\s*(\d+)\s*\)")
_PAIRS = re.compile(r"\(\s*\d+\s*,\s*\d+\s*\)(\s*,\s*\(\s*\d+\s*,\s*\d+\s*\))*\s*,?")
_TIME = r"(\d+):(\d+):(\d+(?:\.\d+)?)"
_UTTERANCE = re.compile(
    r"(?P<number>\d+) \| (?P<speaker>.*?) \| (?P<emotion>[a-z]+) \|(?P<text>.*)\| [^|]*?"
    rf"(?P<start>{_TIME}) - (?P<end>{_TIME})"
)
_SECONDS_PER_PLACE = (3600, 60, 1)


def load(path: Path) -> tuple[Conversation, ...]:
    """All conversations of an ECF text file, in file order.

    Args:
        path: The file; UTF-8, line ends of any system.

    Raises:
        DataError: The file cannot be read, holds no conversation, or a line breaks the format; names file and line.
    """
    lines = _Lines(path)
    conversations: list[Conversation] = []
    seen: set[str] = set()
    for line in lines:
        if not line.strip():
            continue
        conversation = _read_conversation(line, lines)
        if conversation.id in seen:
            raise lines.error(f"conversation {conversation.id} appears twice")
        seen.add(conversation.id)
        conversations.append(conversation)
    if not conversations:
        raise lines.error("no conversation in it")
    return tuple(conversations)


class _Lines(Iterator[str]):
    """The lines of a file, knowing which one was read last."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.number = 0
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror}", "Give the path of an ECF text file") from error
        self._lines = iter(raw.removeprefix(b"\xef\xbb\xbf").removesuffix(b"\n").split(b"\n"))

    def __next__(self) -> str:
        raw = next(self._lines)
        self.number += 1
        try:
            return raw.rstrip(b"\r").decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.error("not UTF-8 text") from error

    def error(self, problem: str) -> DataError:
        return DataError(
            f"{self._path}, line {max(self.number, 1)}: {problem}",
            "Compare it with the ECF format: NUSTM/MECPE, data/README.md",
        )


@dataclass(frozen=True, slots=True)
class _Row:
    """One utterance line, understood."""

    utterance: Utterance
    emotion: str


def _read_conversation(header: str, lines: _Lines) -> Conversation:
    match = _HEADER.fullmatch(header.strip())
    if match is None or int(match["count"]) == 0:
        raise lines.error(f"expected `conversation_id n_utterances`, found {_quote(header)}")
    count = int(match["count"])
    pairs = _read_pairs(_next(lines, "the line of pairs"), count, lines)
    rows = [_read_row(_next(lines, f"utterance {n} of {count}"), n, lines) for n in range(1, count + 1)]
    return Conversation(
        id=match["id"],
        utterances=tuple(row.utterance for row in rows),
        emotions=tuple(row.emotion for row in rows),
        pairs=pairs,
    )


def _read_pairs(line: str, count: int, lines: _Lines) -> frozenset[Pair]:
    line = line.strip()
    if line and not _PAIRS.fullmatch(line):
        raise lines.error(f"expected pairs such as `(3,1),(3,3)` or an empty line, found {_quote(line)}")
    numbers = [(int(emotion), int(cause)) for emotion, cause in _PAIR.findall(line)]
    for emotion, cause in numbers:
        if not (1 <= emotion <= count and 1 <= cause <= count):
            raise lines.error(f"pair ({emotion},{cause}) lies outside the conversation's {count} utterances")
    return frozenset(Pair(emotion - 1, cause - 1) for emotion, cause in numbers)


def _read_row(line: str, number: int, lines: _Lines) -> _Row:
    match = _UTTERANCE.fullmatch(line.strip())
    if match is None:
        raise lines.error(f"expected `number | speaker | emotion | text | clip: start - end`, found {_quote(line)}")
    if int(match["number"]) != number:
        raise lines.error(f"expected utterance {number}, found utterance {match['number']}")
    if match["emotion"] not in EKMAN_LABELS:
        raise lines.error(f"unknown emotion {match['emotion']!r}; the labels are {', '.join(EKMAN_LABELS)}")
    utterance = Utterance(
        id=str(number),
        index=number - 1,
        speaker=match["speaker"].strip(),
        text=match["text"].strip(),
        start_s=_seconds(match["start"]),
        end_s=_seconds(match["end"]),
    )
    return _Row(utterance, match["emotion"])


def _next(lines: _Lines, expected: str) -> str:
    line = next(lines, None)
    if line is None:
        raise lines.error(f"the file ends where {expected} should stand")
    return line


def _seconds(clock: str) -> float:
    return sum(float(part) * scale for part, scale in zip(clock.split(":"), _SECONDS_PER_PLACE, strict=True))


def _quote(line: str) -> str:
    longest = 60
    return repr(line if len(line) <= longest else line[:longest] + "…")
