import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.conversation import UNKNOWN_SPEAKER, Pair
from model.datasets.semeval import load
from model.errors import DataError


def utterance(number, **changes):
    return {"utterance_ID": number, "text": f"text {number}", "speaker": "Anna", "emotion": "joy"} | changes


def conversation(**changes):
    whole = {
        "conversation_ID": 5,
        "conversation": [utterance(1), utterance(2, emotion="neutral"), utterance(3, speaker="Ben")],
        "emotion-cause_pairs": [["1_joy", "3"], ["3_joy", "3"]],
    }
    return whole | changes


def write(folder: Path, document) -> Path:
    path = folder / "conversations.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


def without(mapping, name):
    return {key: value for key, value in mapping.items() if key != name}


def test_reads_speakers_texts_emotions_and_pairs(tmp_path):
    (read,) = load(write(tmp_path, [conversation()]))

    assert read.id == "5"
    assert [u.id for u in read.utterances] == ["1", "2", "3"]
    assert [u.index for u in read.utterances] == [0, 1, 2]
    assert [u.speaker for u in read.utterances] == ["Anna", "Anna", "Ben"]
    assert read.utterances[2].text == "text 3"
    assert read.emotions == ("joy", "neutral", "joy")
    assert read.pairs == {Pair(0, 2), Pair(2, 2)}


def test_spans_of_the_first_subtask_count_as_their_utterance(tmp_path):
    pairs = [["1_joy", "3_2_tickets to\nRome"], ["1_joy", "3_You won"], ["3_joy", "3_"]]

    (read,) = load(write(tmp_path, [conversation(**{"emotion-cause_pairs": pairs})]))

    assert read.pairs == {Pair(0, 2), Pair(2, 2)}


def test_what_nobody_annotated_stays_open(tmp_path):
    rows = [without(utterance(n), "emotion") for n in (1, 2)]
    bare = without(conversation(conversation=rows), "emotion-cause_pairs")

    without_key, with_empty_list = load(
        write(tmp_path, [bare, bare | {"conversation_ID": 6, "emotion-cause_pairs": []}])
    )

    assert without_key.emotions is without_key.pairs is None
    assert with_empty_list.emotions is with_empty_list.pairs is None


def test_a_conversation_annotated_without_a_cause_has_no_pairs(tmp_path):
    (read,) = load(write(tmp_path, [conversation(**{"emotion-cause_pairs": []})]))

    assert read.pairs == frozenset()


def test_numbers_may_have_gaps_and_pairs_follow_them(tmp_path):
    rows = [utterance(2), utterance(7)]

    (read,) = load(write(tmp_path, [conversation(conversation=rows, **{"emotion-cause_pairs": [["7_joy", "2"]]})]))

    assert [u.id for u in read.utterances] == ["2", "7"]
    assert read.pairs == {Pair(emotion=1, cause=0)}


def test_line_ends_and_a_byte_order_mark_do_not_matter_and_a_speaker_may_be_unnamed(tmp_path):
    document = json.dumps([conversation(conversation=[utterance(1, speaker=" "), utterance(3)])], indent=1)

    (read,) = load(write(tmp_path, "\ufeff" + document.replace("\n", "\r\n")))

    assert read.utterances[0].speaker == UNKNOWN_SPEAKER


def test_an_emotion_said_differently_in_a_pair_is_reported(tmp_path, caplog):
    (read,) = load(write(tmp_path, [conversation(**{"emotion-cause_pairs": [["1_anger", "3"]]})]))

    assert read.emotions[0] == "joy"
    assert "$[0].emotion-cause_pairs[0]: a pair with anger for an utterance with joy" in caplog.text


@pytest.mark.parametrize(
    "document,words",
    [
        ("", "line 1: no JSON"),
        ("[", "line 1: no JSON"),
        ('[\n{"a": 1,\n', "line 3: no JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[" * 900 + "]" * 900, "$[0]: expected an object with names, found list"),
        (f"[{'9' * 5000}]", "Exceeds the limit"),
        ([conversation(conversation_ID=10**30)], "$[0].conversation_ID: expected a whole number, found int"),
        ('[{"conversation": 1, "conversation": 2}]', "'conversation' appears twice in one object"),
        ([], "$: no conversation in it"),
        ({}, "$: expected a list, found dict"),
        ([None], "$[0]: expected an object with names, found null"),
        ([conversation(conversation=[])], "$[0]: a conversation without utterances"),
        ([conversation(conversation="text")], "$[0].conversation: expected a list, found str 'text'"),
        ([without(conversation(), "conversation_ID")], "$[0]: 'conversation_ID' is missing; there is conversation,"),
        ([conversation(conversation_ID=1.5)], "$[0].conversation_ID: expected a whole number"),
        ([conversation(conversation_ID=" ")], "$[0].conversation_ID: the name is empty"),
        ([conversation(), conversation()], "$: conversation 5 appears twice"),
        ([conversation(conversation=[utterance(1), utterance(1)])], "$[0]: the same utterance_ID appears twice"),
        ([conversation(conversation=[utterance(True)])], "$[0].conversation[0].utterance_ID: expected a whole number"),
        ([conversation(conversation=[utterance(1, text=None)])], "$[0].conversation[0].text: expected a text"),
        ([conversation(conversation=[utterance(1, text="a\ud800")])], "[0].text: the text holds half of a character"),
        (
            [conversation(conversation=[utterance(1), utterance(2, emotion="glee"), utterance(3)])],
            "$[0].conversation[1].emotion: unknown emotion 'glee'; the labels are neutral, anger",
        ),
        (
            [conversation(conversation=[utterance(1), without(utterance(2), "emotion")])],
            "$[0]: only 1 of 2 utterances have an emotion",
        ),
        ([conversation(**{"emotion-cause_pairs": [["1_joy", "4"]]})], "pairs[0]: pair (1,4) lies outside"),
        ([conversation(**{"emotion-cause_pairs": [["0_joy", "1"]]})], "pairs[0]: pair (0,1) lies outside"),
        ([conversation(**{"emotion-cause_pairs": [["1_joy"]]})], "pairs[0]: expected a pair such as"),
        ([conversation(**{"emotion-cause_pairs": [["1", "2"]]})], "pairs[0]: expected a pair such as"),
        ([conversation(**{"emotion-cause_pairs": [["1_joy", "9" * 99]]})], "pairs[0]: expected a pair such as"),
        ([conversation(**{"emotion-cause_pairs": [["1_glee", "2"]]})], "pairs[0]: unknown emotion 'glee'"),
        ([conversation(**{"emotion-cause_pairs": [[1, 2]]})], "pairs[0][0]: expected a text, found int 1"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(tmp_path, document, words):
    path = write(tmp_path, document)

    with pytest.raises(DataError) as caught:
        load(path)
    assert str(caught.value).startswith(str(path))
    assert words in str(caught.value)
    assert "Compare it with the format of SemEval" in caught.value.remedy


def test_a_file_in_another_encoding_is_refused_with_the_line(tmp_path):
    path = tmp_path / "latin.json"
    path.write_bytes(b'[\n"caf\xe9"]')

    with pytest.raises(DataError, match="line 2: not UTF-8"):
        load(path)
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path)


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**30) | st.floats() | st.sampled_from(["1_joy", "2", "joy", ""]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*conversation(), *utterance(1)]), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(member=st.sampled_from(list(conversation())), value=anything)
def test_whatever_stands_in_a_member_it_is_read_or_refused(tmp_path, member, value):
    try:
        (read,) = load(write(tmp_path, [conversation(**{member: value})]))
    except DataError:
        return
    assert [u.index for u in read.utterances] == list(range(len(read.utterances)))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(length=st.integers(0, len(json.dumps([conversation()])) - 1))
def test_a_file_cut_off_anywhere_is_refused(tmp_path, length):
    with pytest.raises(DataError):
        load(write(tmp_path, json.dumps([conversation()])[:length]))
