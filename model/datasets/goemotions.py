"""GoEmotions, mapped to the seven labels of Ekman: single comments with the emotions people read in them.

A line of the table is `text<TAB>label ids<TAB>comment id`; a text with quotation marks is quoted as in CSV. The ids,
joined by commas, count the lines of `labels.txt` beside the table, from 0.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from model.conversation import UNKNOWN_SPEAKER, Conversation, Utterance
from model.datasets.checks import gathered, known_label
from model.datasets.text_lines import Lines, quote
from model.emotions import EKMAN_LABELS

_REMEDY = "Compare it with GoEmotions mapped to Ekman's labels: text, label ids and comment id, labels.txt beside it"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a table gave.

    Attributes:
        conversations: Comments with one emotion, each a conversation of one utterance by nobody known.
        left_out: How many comments had several emotions; an utterance here carries one.
    """

    conversations: tuple[Conversation, ...]
    left_out: int


def load(path: Path) -> tuple[Conversation, ...]:
    """All comments of a table that carry one emotion, in file order; pairs are not annotated.

    Args:
        path: The table; `labels.txt` lies beside it.

    Raises:
        DataError: A file cannot be read, holds no comment, or a line breaks the format; names file and line.
    """
    return read(path).conversations


def read(path: Path) -> Reading:
    """As `load`, with the count of what it leaves out."""
    labels = _read_labels(path.with_name("labels.txt"))
    lines = Lines(path, _REMEDY)
    several: list[_Comment] = []
    conversations = gathered(_single(_read_comments(lines, labels), several), lines.error)
    return Reading(conversations, len(several))


@dataclass(frozen=True, slots=True)
class _Comment:
    """One line of the table, understood."""

    id: str
    text: str
    emotions: tuple[str, ...]


def _read_labels(path: Path) -> tuple[str, ...]:
    lines = Lines(path, _REMEDY)
    labels = tuple(known_label(line.strip(), EKMAN_LABELS, lines.error) for line in lines if line.strip())
    if len(set(labels)) < len(labels) or not labels:
        raise lines.error("expected each label once")
    return labels


def _read_comments(lines: Lines, labels: Sequence[str]) -> Iterator[_Comment]:
    for line in lines:
        if line.strip():
            yield _read_comment(line, labels, lines)


def _read_comment(line: str, labels: Sequence[str], lines: Lines) -> _Comment:
    try:
        (cells,) = csv.reader([line], delimiter="\t", strict=True)
        text, ids, comment_id = (cell.strip() for cell in cells)
    except (csv.Error, ValueError) as error:
        raise lines.error(f"expected `text<TAB>label ids<TAB>comment id`, found {quote(line)}") from error
    if not comment_id:
        raise lines.error("the comment's id is empty")
    return _Comment(comment_id, text, tuple(_label(each, labels, lines) for each in ids.split(",")))


def _single(comments: Iterator[_Comment], several: list[_Comment]) -> Iterator[Conversation]:
    for comment in comments:
        if len(comment.emotions) == 1:
            yield _conversation(comment)
        else:
            several.append(comment)


def _label(number: str, labels: Sequence[str], lines: Lines) -> str:
    known = {str(index): label for index, label in enumerate(labels)}
    if number not in known:
        raise lines.error(f"unknown label id {number!r}; labels.txt has 0 to {len(labels) - 1}: {', '.join(labels)}")
    return known[number]


def _conversation(comment: _Comment) -> Conversation:
    return Conversation(
        id=comment.id,
        utterances=(Utterance(id="1", index=0, speaker=UNKNOWN_SPEAKER, text=comment.text),),
        emotions=comment.emotions,
    )
