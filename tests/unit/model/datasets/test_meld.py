from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.conversation import UNKNOWN_SPEAKER
from model.datasets.meld import load
from model.errors import DataError

HEADER = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime\n"
APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
TIMES = '4,7,"00:16:16,059","0:16:21,731"'
FIRST = f'1,"Oh, ""that"".",Monica,neutral,neutral,3,0,{TIMES}\n'
SECOND = f"2,Yes!,Ross,joy,positive,3,2,{TIMES}\n"


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_reads_speakers_texts_emotions_and_times(tmp_path):
    (read,) = load(write(tmp_path, HEADER + FIRST + SECOND))

    assert read.id == "3"
    assert [(u.id, u.index, u.speaker, u.text) for u in read.utterances] == [
        ("0", 0, "Monica", 'Oh, "that".'),
        ("2", 1, "Ross", "Yes!"),
    ]
    assert read.utterances[0].start_s == pytest.approx(976.059)
    assert read.utterances[0].end_s == pytest.approx(981.731)
    assert read.emotions == ("neutral", "joy")
    assert read.pairs is None


def test_rows_are_grouped_and_ordered_by_number(tmp_path):
    other = FIRST.replace(",3,0,", ",1,10,")

    conversations = load(write(tmp_path, HEADER + SECOND + other + other.replace(",1,10,", ",1,9,") + FIRST))

    assert [(c.id, [u.id for u in c.utterances]) for c in conversations] == [("3", ["0", "2"]), ("1", ["9", "10"])]


def test_line_ends_byte_order_mark_blank_lines_and_the_order_of_columns_do_not_matter(tmp_path):
    plain = load(write(tmp_path, HEADER + FIRST + SECOND))

    assert load(write(tmp_path, "\ufeff" + (HEADER + FIRST + "\n" + SECOND).replace("\n", "\r\n"))) == plain
    assert load(write(tmp_path, ("x," + HEADER + "y," + FIRST + "y," + SECOND).rstrip("\n"))) == plain


@pytest.mark.parametrize("leftover", [b"\x92", b"\xc2\x92", APOSTROPHE.encode()])
def test_leftovers_of_windows_1252_are_read_as_what_was_meant(tmp_path, leftover):
    (read,) = load(write(tmp_path, HEADER.encode() + SECOND.encode().replace(b"Yes!", b"it" + leftover + b"s")))

    assert read.utterances[0].text == f"it{APOSTROPHE}s"


def test_a_text_may_run_over_lines_and_a_speaker_may_be_unnamed(tmp_path):
    (read,) = load(write(tmp_path, HEADER + FIRST.replace("Oh, ", "Oh,\n").replace("Monica", " ")))

    assert read.utterances[0].text == 'Oh,\n"that".'
    assert read.utterances[0].speaker == UNKNOWN_SPEAKER


@pytest.mark.parametrize(
    "old,new,line,words",
    [
        (HEADER, "", 1, "the column 'Utterance' is missing"),
        ("StartTime", "Start", 1, "the column 'StartTime' is missing"),
        (",joy,", ",glee,", 3, "unknown emotion 'glee'; the labels are neutral, anger"),
        (",3,2,", ",3,0,", 3, "utterance 0 of dialogue 3 appears twice"),
        (",3,2,", ",3,-2,", 3, "expected the number of a dialogue or an utterance, found '-2'"),
        (",3,2,", f",{'9' * 5000},2,", 3, "expected the number of a dialogue"),
        (",3,2,", ",3,²,", 3, "expected the number of a dialogue"),
        (",3,2,", ",3,", 3, "expected 11 columns, found 10"),
        ("Yes!", "Yes, no", 3, "expected 11 columns, found 12"),
        ("Yes!", '"Yes"!', 3, "no CSV"),
        ("Yes!", '"Yes', 3, "no CSV"),
        ("Yes!", "a" * 200_000, 3, "no CSV: field larger"),
        ("00:16:16,059", "soon", 2, "expected a time such as 00:16:16,059, found 'soon'"),
        ("00:16:16,059", "16:16", 2, "expected a time"),
    ],
)
def test_a_broken_row_is_named(tmp_path, old, new, line, words):
    path = write(tmp_path, (HEADER + FIRST + SECOND).replace(old, new))

    with pytest.raises(DataError) as caught:
        load(path)
    assert f"{path}, line {line}: " in str(caught.value)
    assert words in str(caught.value)
    assert "declare-lab/MELD" in caught.value.remedy


def test_an_empty_file_a_bare_header_and_a_folder_are_refused(tmp_path):
    with pytest.raises(DataError, match="line 1: the column 'Utterance' is missing"):
        load(write(tmp_path, ""))
    with pytest.raises(DataError, match="no conversation in it"):
        load(write(tmp_path, HEADER))
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=st.binary(max_size=60))
def test_whatever_a_row_holds_it_is_read_or_refused(tmp_path, row):
    try:
        conversations = load(write(tmp_path, (HEADER + FIRST).encode() + row))
    except DataError:
        return
    assert len(conversations) == 1


@pytest.mark.shared
@pytest.mark.parametrize("split,sizes", [("train", (1038, 9989)), ("dev", (114, 1109))])
def test_the_published_split_is_read_whole(shared_data, split, sizes):
    conversations = load(shared_data / "meld" / f"{split}_sent_emo.csv")

    assert len(conversations) == sizes[0]
    assert sum(len(c.utterances) for c in conversations) == sizes[1]
    assert all(0 <= u.start_s < u.end_s for c in conversations for u in c.utterances)
