from pathlib import Path

import pytest

from model.conversation import Pair
from model.datasets.ecf import load
from model.errors import DataError

TIMES = "Friends_S1E1: 00:01:19.037 - 00:01:25.5"
TWO = f"""7 2
(2,1),(2,2)
1 | Monica | neutral | Alright . Phoebe ? | {TIMES}
2 | Phoebe | joy | Okay , okay . | {TIMES}
"""


def write(folder: Path, content: str) -> Path:
    path = folder / "conversations.txt"
    path.write_bytes(content.encode())
    return path


def test_reads_speakers_emotions_pairs_and_times(tmp_path):
    (conversation,) = load(write(tmp_path, TWO))

    assert conversation.id == "7"
    assert conversation.emotions == ("neutral", "joy")
    assert conversation.pairs == {Pair(emotion=1, cause=0), Pair(emotion=1, cause=1)}
    assert [u.speaker for u in conversation.utterances] == ["Monica", "Phoebe"]
    assert [u.index for u in conversation.utterances] == [0, 1]
    assert conversation.utterances[0].text == "Alright . Phoebe ?"
    assert conversation.utterances[0].start_s == pytest.approx(79.037)
    assert conversation.utterances[0].end_s == pytest.approx(85.5)


def test_line_ends_byte_order_mark_and_blank_lines_do_not_matter(tmp_path):
    plain = load(write(tmp_path, TWO))

    assert load(write(tmp_path, "\ufeff" + TWO.replace("\n", "\r\n") + "\r\n\r\n")) == plain
    assert load(write(tmp_path, TWO.rstrip("\n"))) == plain


@pytest.mark.parametrize("text", ["this | or | that", "| leading", "trailing |", "", "a\u2028b\x85c"])
def test_a_text_may_hold_bars_unusual_line_separators_or_nothing(tmp_path, text):
    (conversation,) = load(write(tmp_path, TWO.replace("Okay , okay .", text)))

    assert conversation.utterances[1].text == text
    assert conversation.utterances[1].end_s == pytest.approx(85.5)


def test_the_line_of_pairs_may_be_empty(tmp_path):
    conversations = load(write(tmp_path, TWO.replace("(2,1),(2,2)", "") + TWO.replace("7 2", "8 2")))

    assert [c.pairs for c in conversations] == [frozenset(), {Pair(1, 0), Pair(1, 1)}]


@pytest.mark.parametrize(
    "old,new,line,words",
    [
        ("7 2", "seven", 1, "expected `conversation_id n_utterances`"),
        ("7 2", "7 0", 1, "expected `conversation_id n_utterances`"),
        ("7 2", "7 3", 4, "the file ends where utterance 3 of 3"),
        ("(2,1),(2,2)", "(2,1),(2", 2, "expected pairs"),
        ("(2,1),(2,2)", "(2,1),(2,3)", 2, "pair (2,3) lies outside the conversation's 2 utterances"),
        ("(2,1),(2,2)", "(0,1)", 2, "pair (0,1) lies outside"),
        ("(2,1),(2,2)\n", "", 2, "expected pairs"),
        ("| joy |", "| glee |", 4, "unknown emotion 'glee'"),
        ("2 | Phoebe", "3 | Phoebe", 4, "expected utterance 2, found utterance 3"),
        ("2 | Phoebe | joy", "2 | joy", 4, "expected `number | speaker"),
        (f"okay . | {TIMES}", "okay .", 4, "expected `number | speaker"),
    ],
)
def test_a_broken_line_is_named(tmp_path, old, new, line, words):
    path = write(tmp_path, TWO.replace(old, new))

    with pytest.raises(DataError) as caught:
        load(path)
    assert f"{path}, line {line}: " in str(caught.value)
    assert words in str(caught.value)


def test_a_conversation_may_not_appear_twice(tmp_path):
    with pytest.raises(DataError, match="conversation 7 appears twice"):
        load(write(tmp_path, TWO + TWO))


def test_an_empty_a_missing_and_a_binary_file_are_refused(tmp_path):
    binary = tmp_path / "binary.txt"
    binary.write_bytes(b"7 2\n\xff\xfe\n")

    with pytest.raises(DataError, match="no conversation"):
        load(write(tmp_path, "\n"))
    with pytest.raises(DataError, match="cannot be read: No such file"):
        load(tmp_path / "absent.txt")
    with pytest.raises(DataError, match="line 2: not UTF-8"):
        load(binary)


@pytest.mark.shared
@pytest.mark.parametrize("split,sizes", [("train", (1001, 9966, 7055)), ("dev", (112, 1087, 866))])
def test_the_published_split_has_its_published_size(shared_data, split, sizes):
    conversations = load(shared_data / "ecf" / f"{split}.txt")

    assert len(conversations) == sizes[0]
    assert sum(len(c.utterances) for c in conversations) == sizes[1]
    assert sum(len(c.pairs) for c in conversations) == sizes[2]


@pytest.mark.parametrize(
    "old,new",
    [("7 2", f"7 {'9' * 5000}"), ("(2,1)", f"({'9' * 5000},1)"), ("7 2", "7 ²"), ("00:01:19", f"00:{'9' * 5000}:19")],
)
def test_numbers_without_end_or_of_another_script_are_refused(tmp_path, old, new):
    with pytest.raises(DataError, match="expected"):
        load(write(tmp_path, TWO.replace(old, new)))
