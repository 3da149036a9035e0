"""RECCON, the part of DailyDialog, in the JSON of its authors (declare-lab/RECCON).

An object from an id to a list that holds one list of turns: `{"turn": 1, "speaker": "A", "utterance": …, "emotion":
"happiness", "expanded emotion cause evidence": [1, "b"]}`, turns counted from 1. A cause may be annotated by several
spans, each of which repeats its turn; as a pair of utterances it counts once. `"b"` says that the cause lies outside
the conversation, so it is no pair.
"""

from pathlib import Path

from model.conversation import UNKNOWN_SPEAKER, Conversation, Pair, Utterance
from model.datasets import json_file
from model.datasets.checks import gathered, known_label, pair_within
from model.datasets.located import Located

_REMEDY = "Compare it with the DailyDialog part of RECCON: declare-lab/RECCON, data/original_annotation"
_BACKGROUND = "b"
_EVIDENCE = "expanded emotion cause evidence"
_EKMAN_OF = {
    "neutral": "neutral",
    "anger": "anger",
    "angry": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "excited": "joy",
    "happiness": "joy",
    "happy": "joy",
    "sad": "sadness",
    "sadness": "sadness",
    "surprise": "surprise",
    "surprised": "surprise",
}


def load(path: Path) -> tuple[Conversation, ...]:
    """All conversations of a file, in file order, with the seven labels of Ekman.

    Args:
        path: The JSON file; UTF-8.

    Raises:
        DataError: The file cannot be read, holds no conversation, or breaks the format; names file and place.
    """
    document = json_file.read(path, _REMEDY)
    return gathered((_read_conversation(id_, parts) for id_, parts in document.members().items()), document.error)


def _read_conversation(conversation_id: str, source: Located) -> Conversation:
    parts = source.elements()
    turns = parts[0].elements() if len(parts) == 1 else ()
    if not turns:
        raise source.error("expected a list that holds one list of turns")
    return Conversation(
        id=conversation_id,
        utterances=tuple(_read_utterance(turn, index) for index, turn in enumerate(turns)),
        emotions=tuple(_read_emotion(turn.member("emotion")) for turn in turns),
        pairs=frozenset(pair for number, turn in enumerate(turns, 1) for pair in _read_pairs(turn, number, len(turns))),
    )


def _read_utterance(turn: Located, index: int) -> Utterance:
    if turn.member("turn").whole_number() != index + 1:
        raise turn.error(f"expected turn {index + 1}, found turn {turn.member('turn').value}")
    return Utterance(
        id=turn.member("turn").name(),
        index=index,
        speaker=turn.member("speaker").text().strip() or UNKNOWN_SPEAKER,
        text=turn.member("utterance").text().strip(),
    )


def _read_emotion(source: Located) -> str:
    return _EKMAN_OF[known_label(source.text(), tuple(_EKMAN_OF), source.error)]


def _read_pairs(turn: Located, number: int, count: int) -> list[Pair]:
    if _EVIDENCE not in turn.members():
        return []
    evidence = [each for each in turn.member(_EVIDENCE).elements() if each.value != _BACKGROUND]
    return [pair_within(number, each.whole_number(), range(1, count + 1), each.error) for each in evidence]
