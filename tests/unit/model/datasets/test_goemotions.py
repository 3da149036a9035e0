from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.conversation import UNKNOWN_SPEAKER
from model.datasets.goemotions import load, read
from model.errors import DataError

LABELS = "anger\ndisgust\nfear\njoy\nneutral\nsadness\nsurprise"
TABLE = "I cooked it\t4\taaa\nWhat, again?\t0,6\tbbb\nHow nice\t3\tccc\n"


def write(folder: Path, table: str | bytes, labels: str = LABELS) -> Path:
    (folder / "labels.txt").write_bytes(labels.encode())
    path = folder / "train.tsv"
    path.write_bytes(table.encode() if isinstance(table, str) else table)
    return path


def test_each_comment_with_one_emotion_is_a_conversation_of_one_utterance(tmp_path):
    first, second = load(write(tmp_path, TABLE))

    assert (first.id, first.emotions, first.pairs) == ("aaa", ("neutral",), None)
    assert (second.id, second.emotions) == ("ccc", ("joy",))
    (utterance,) = first.utterances
    assert (utterance.index, utterance.speaker, utterance.text) == (0, UNKNOWN_SPEAKER, "I cooked it")


def test_comments_with_several_emotions_are_left_out_and_counted(tmp_path):
    reading = read(write(tmp_path, TABLE))

    assert [c.id for c in reading.conversations] == ["aaa", "ccc"]
    assert reading.left_out == 1


def test_line_ends_byte_order_mark_and_blank_lines_do_not_matter(tmp_path):
    plain = load(write(tmp_path, TABLE))
    windows = ("\ufeff" + TABLE + "\n").replace("\n", "\r\n")

    assert load(write(tmp_path, windows, labels=LABELS.replace("\n", "\r\n") + "\r\n\r\n")) == plain


def test_quotation_marks_are_read_as_csv_writes_them(tmp_path):
    first, second = load(write(tmp_path, '"""Dude"", he said "\t4\ta\nso "they" say\t4\tb\n'))

    assert first.utterances[0].text == '"Dude", he said'
    assert second.utterances[0].text == 'so "they" say'


@pytest.mark.parametrize(
    "old,new,line,words",
    [
        ("\t3\t", "\t7\t", 3, "unknown label id '7'; labels.txt has 0 to 6: anger"),
        ("\t3\t", "\t-1\t", 3, "unknown label id '-1'"),
        ("\t3\t", "\t\t", 3, "unknown label id ''"),
        ("\t3\t", "\tjoy\t", 3, "unknown label id 'joy'"),
        ("\t0,6\t", "\t0,9\t", 2, "unknown label id '9'"),
        ("\tccc", "", 3, "expected `text<TAB>label ids<TAB>comment id`"),
        ("\tccc", "\tccc\tddd", 3, "expected `text<TAB>label ids<TAB>comment id`"),
        ("\tccc", "\t ", 3, "the comment's id is empty"),
        ("How nice", '"How nice', 3, "expected `text<TAB>"),
        ("ccc", "aaa", 3, "conversation aaa appears twice"),
        ("nice", "n\rice", 3, "expected `text<TAB>"),
    ],
)
def test_a_broken_line_is_named(tmp_path, old, new, line, words):
    path = write(tmp_path, TABLE.replace(old, new))

    with pytest.raises(DataError) as caught:
        load(path)
    assert f"{path}, line {line}: " in str(caught.value)
    assert words in str(caught.value)
    assert "labels.txt" in caught.value.remedy


@pytest.mark.parametrize(
    "labels,words",
    [
        ("anger\nadmiration\n", "labels.txt, line 2: unknown emotion 'admiration'; the labels are neutral, anger"),
        ("anger\nanger\n", "labels.txt, line 2: expected each label once"),
        ("", "labels.txt, line 1: expected each label once"),
    ],
)
def test_other_labels_are_refused(tmp_path, labels, words):
    with pytest.raises(DataError) as caught:
        load(write(tmp_path, TABLE, labels=labels))
    assert words in str(caught.value)


def test_an_empty_a_missing_and_a_binary_file_are_refused(tmp_path):
    with pytest.raises(DataError, match="no conversation"):
        load(write(tmp_path, ""))
    with pytest.raises(DataError, match="no conversation"):
        load(write(tmp_path, "both\t0,1\tx\n"))
    with pytest.raises(DataError, match="line 1: not UTF-8"):
        load(write(tmp_path, b"caf\xe9\t0\tx\n"))
    (tmp_path / "labels.txt").unlink()
    with pytest.raises(DataError, match=r"labels\.txt: cannot be read: No such file"):
        load(tmp_path / "train.tsv")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=st.binary(max_size=40))
def test_whatever_a_line_holds_it_is_read_or_refused(tmp_path, line):
    try:
        conversations = load(write(tmp_path, TABLE.encode() + line))
    except DataError:
        return
    assert len(conversations) >= 2


@pytest.mark.shared
@pytest.mark.parametrize("split,rows,left_out", [("train", 43410, 3855), ("dev", 5426, 480)])
def test_the_published_split_is_read_whole(shared_data, split, rows, left_out):
    reading = read(shared_data / "goemotions" / f"{split}.tsv")

    assert reading.left_out == left_out
    assert len(reading.conversations) == rows - left_out
