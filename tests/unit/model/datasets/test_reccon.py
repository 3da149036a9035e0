import json
from pathlib import Path

import pytest

from model.conversation import Pair
from model.datasets.reccon import load
from model.emotions import EKMAN_LABELS
from model.errors import DataError

EVIDENCE = "expanded emotion cause evidence"


def turn(number, **changes):
    return {"turn": number, "speaker": "AB"[number % 2], "utterance": f"text {number}", "emotion": "neutral"} | changes


def write(folder: Path, document) -> Path:
    path = folder / "dialogues.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_reads_turns_emotions_and_evidence(tmp_path):
    happy = turn(2, emotion="happiness", **{EVIDENCE: [1, 2, 1, "b"]})

    (read,) = load(write(tmp_path, {"tr_1": [[turn(1), happy]]}))

    assert read.id == "tr_1"
    assert [(u.id, u.index, u.speaker, u.text) for u in read.utterances] == [
        ("1", 0, "B", "text 1"),
        ("2", 1, "A", "text 2"),
    ]
    assert read.emotions == ("neutral", "joy")
    assert read.pairs == {Pair(emotion=1, cause=0), Pair(emotion=1, cause=1)}


@pytest.mark.parametrize(
    "written,label",
    [("anger", "anger"), ("angry", "anger"), ("excited", "joy"), ("sad", "sadness"), ("surprised", "surprise")],
)
def test_emotions_become_those_of_ekman(tmp_path, written, label):
    (read,) = load(write(tmp_path, {"a": [[turn(1, emotion=written)]]}))

    assert read.emotions == (label,)
    assert read.pairs == frozenset()


@pytest.mark.parametrize(
    "document,words",
    [
        ([], "$: expected an object with names"),
        ({}, "$: no conversation in it"),
        ({"a": []}, "$.a: expected a list that holds one list of turns"),
        ({"a": [[]]}, "$.a: expected a list that holds one list of turns"),
        ({"a": [[turn(1)], [turn(1)]]}, "$.a: expected a list that holds one list of turns"),
        ({"a": [[turn(2)]]}, "$.a[0][0]: expected turn 1, found turn 2"),
        ({"a": [[turn(1), turn(1)]]}, "$.a[0][1]: expected turn 2, found turn 1"),
        ({"a": [[turn(1, emotion="frustrated")]]}, "$.a[0][0].emotion: unknown emotion 'frustrated'; the labels are"),
        ({"a": [[turn(1, **{EVIDENCE: [2]})]]}, "evidence[0]: pair (1,2) lies outside the conversation's 1"),
        ({"a": [[turn(1, **{EVIDENCE: [10**12]})]]}, "lies outside the conversation's 1"),
        ({"a": [[turn(1, **{EVIDENCE: ["c"]})]]}, "evidence[0]: expected a whole number, found str 'c'"),
        ({"a": [[turn(1, **{EVIDENCE: 1})]]}, "evidence: expected a list, found int 1"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(tmp_path, document, words):
    path = write(tmp_path, document)

    with pytest.raises(DataError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}, $")
    assert words in str(caught.value)
    assert "declare-lab/RECCON" in caught.value.remedy


@pytest.mark.shared
@pytest.mark.parametrize("split,sizes", [("train", (834, 8206, 7029)), ("valid", (47, 493, 328))])
def test_the_published_split_is_read_whole(shared_data, split, sizes):
    """The authors count 7,271 and 347 causes: spans, of which several may lie in one utterance."""
    conversations = load(shared_data / "reccon" / f"dailydialog_{split}.json")

    assert len(conversations) == sizes[0]
    assert sum(len(c.utterances) for c in conversations) == sizes[1]
    assert sum(len(c.pairs) for c in conversations) == sizes[2]
    assert {label for c in conversations for label in c.emotions} == set(EKMAN_LABELS)
