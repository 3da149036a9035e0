"""IEMOCAP as it is commonly distributed: the pickle `IEMOCAP_features.pkl` of DialogueRNN, MMGCN and their successors.

It holds a sequence that begins with the utterances' ids, speakers (`M`, `F`) and labels, goes on with features of any
number and kind, and ends with the sentences and the ids of the conversations for training and for testing. All but the
last two map a conversation's id to a list with one entry an utterance. Labels count happiness, sadness, neutral, anger,
excitement, frustration from 0. The features are not read.
"""

from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Literal

from model.conversation import UNKNOWN_SPEAKER, Conversation, Utterance
from model.datasets import stored_pickle
from model.datasets.checks import gathered
from model.datasets.located import Located
from model.errors import DataError

Split = Literal["train", "test"]

_REMEDY = "Give the pickle IEMOCAP_features.pkl that DialogueRNN and MMGCN read: declare-lab/conv-emotion"
_LABELS = ("happiness", "sadness", "neutral", "anger", "excitement", "frustration")
_FEWEST_PARTS = 6


def load(path: Path, split: Split = "train") -> tuple[Conversation, ...]:
    """The conversations of one split, in order of their ids; labels are those of `IEMOCAP_LABELS`, no pairs.

    Args:
        path: The pickle. It is read without running code in it.
        split: One of the two the file holds; there is no way to read both at once, so none leaks into the other.

    Raises:
        DataError: The file cannot be read, is of another make or asks to run code; names file and place.
    """
    try:
        with path.open("rb") as file:
            document = Located(stored_pickle.load(file, path, _REMEDY), path, "$", _REMEDY)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}", _REMEDY) from error
    parts = document.elements()
    if len(parts) < _FEWEST_PARTS:
        raise document.error(f"expected at least {_FEWEST_PARTS} parts, found {len(parts)}")
    ids, speakers, labels, *_, sentences, train, test = parts
    chosen = train if split == "train" else test
    return gathered(
        (_read_conversation(id_, ids, speakers, labels, sentences) for id_ in _read_split(chosen)), chosen.error
    )


def _read_split(source: Located) -> list[str]:
    listed = list(source.value) if isinstance(source.value, AbstractSet) else source.value
    return sorted(each.text() for each in Located(listed, source.file, source.place, source.remedy).elements())


def _read_conversation(
    conversation_id: str, ids: Located, speakers: Located, labels: Located, sentences: Located
) -> Conversation:
    parts = [part.member(conversation_id) for part in (ids, speakers, labels, sentences)]
    columns = [part.elements() for part in parts]
    if len({len(column) for column in columns}) > 1 or not columns[0]:
        raise parts[0].error("expected as many ids, speakers, labels and sentences, and at least one")
    rows = list(zip(*columns, strict=True))
    return Conversation(
        id=conversation_id,
        utterances=tuple(
            Utterance(name.name(), index, speaker.text() or UNKNOWN_SPEAKER, sentence.text().strip())
            for index, (name, speaker, _, sentence) in enumerate(rows)
        ),
        emotions=tuple(_read_label(label) for _, _, label, _ in rows),
    )


def _read_label(source: Located) -> str:
    number = source.whole_number()
    if not 0 <= number < len(_LABELS):
        known = ", ".join(f"{each} {label}" for each, label in enumerate(_LABELS))
        raise source.error(f"unknown label {number}; the labels are {known}")
    return _LABELS[number]
