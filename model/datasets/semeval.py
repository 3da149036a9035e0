"""SemEval-2024 Task 3, the JSON of both subtasks (also Emotion-Cause-in-Friends 2.0 where it comes as JSON).

A list of `{"conversation_ID": 5, "conversation": […], "emotion-cause_pairs": [["3_joy", "2"], …]}`, where an utterance
is `{"utterance_ID": 1, "text": …, "speaker": …, "emotion": …, "video_name": …}`. In subtask 1 a cause is a span,
`"2_You made up!"`; of it the utterance counts. What is published for the evaluation has neither emotions nor pairs.

The task's training file holds all of ECF 1.0, its test split included: whoever trains on it must not measure on ECF.
"""

import logging
import re
from pathlib import Path

from model.conversation import UNKNOWN_SPEAKER, Conversation, Pair, Utterance
from model.datasets import json_file
from model.datasets.checks import gathered, known_label, pair_within
from model.datasets.located import Located
from model.emotions import EKMAN_LABELS

_REMEDY = "Compare it with the format of SemEval-2024 Task 3: nustm.github.io/SemEval-2024_ECAC"
_EMOTION = re.compile(r"(?P<number>[0-9]{1,9})_(?P<label>.+)", re.DOTALL)
_CAUSE = re.compile(r"(?P<number>[0-9]{1,9})(_.*)?", re.DOTALL)

_log = logging.getLogger(__name__)


def load(path: Path) -> tuple[Conversation, ...]:
    """All conversations of a file, in file order.

    Args:
        path: The JSON file; UTF-8.

    Raises:
        DataError: The file cannot be read, holds no conversation, or breaks the format; names file and place.
    """
    document = json_file.read(path, _REMEDY)
    return gathered(map(_read_conversation, document.elements()), document.error)


def _read_conversation(source: Located) -> Conversation:
    rows = source.member("conversation").elements()
    if not rows:
        raise source.error("a conversation without utterances")
    numbers = [row.member("utterance_ID").whole_number() for row in rows]
    if len(set(numbers)) < len(numbers):
        raise source.error("the same utterance_ID appears twice")
    emotions = _read_emotions(source, rows)
    return Conversation(
        id=source.member("conversation_ID").name(),
        utterances=tuple(_read_utterance(row, index) for index, row in enumerate(rows)),
        emotions=emotions,
        pairs=_read_pairs(source, numbers, emotions),
    )


def _read_utterance(row: Located, index: int) -> Utterance:
    return Utterance(
        id=row.member("utterance_ID").name(),
        index=index,
        speaker=row.member("speaker").text().strip() or UNKNOWN_SPEAKER,
        text=row.member("text").text().strip(),
    )


def _read_emotions(source: Located, rows: tuple[Located, ...]) -> tuple[str, ...] | None:
    annotated = ["emotion" in row.members() for row in rows]
    if not any(annotated):
        return None
    if not all(annotated):
        raise source.error(f"only {sum(annotated)} of {len(rows)} utterances have an emotion")
    return tuple(_label(row.member("emotion"), row.member("emotion").text()) for row in rows)


def _label(source: Located, written: str) -> str:
    return known_label(written.strip().lower(), EKMAN_LABELS, source.error)


def _read_pairs(source: Located, numbers: list[int], emotions: tuple[str, ...] | None) -> frozenset[Pair] | None:
    if "emotion-cause_pairs" not in source.members():
        return None
    pairs = source.member("emotion-cause_pairs").elements()
    if emotions is None and not pairs:
        return None
    return frozenset(_read_pair(pair, numbers, emotions) for pair in pairs)


def _read_pair(source: Located, numbers: list[int], emotions: tuple[str, ...] | None) -> Pair:
    match [part.text() for part in source.elements()]:
        case [carrier, reason] if (emotion := _EMOTION.fullmatch(carrier)) and (cause := _CAUSE.fullmatch(reason)):
            label = _label(source, emotion["label"])
            pair = pair_within(int(emotion["number"]), int(cause["number"]), numbers, source.error)
        case _:
            raise source.error('expected a pair such as ["3_joy", "2"] or ["3_joy", "2_You made up!"]')
    if emotions is not None and emotions[pair.emotion] != label:
        _log.warning(
            "%s, %s: a pair with %s for an utterance with %s; the utterance's emotion counts",
            source.file,
            source.place,
            label,
            emotions[pair.emotion],
        )
    return pair
