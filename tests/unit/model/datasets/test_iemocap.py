import os
import pickle
import resource
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.datasets.iemocap import load
from model.emotions import IEMOCAP_LABELS
from model.errors import DataError


class Runs:
    """What a hostile pickle holds: a call that happens while it is read."""

    def __init__(self, call, *arguments) -> None:
        self._call = (call, arguments)

    def __reduce__(self):
        return self._call


def parts(**changes):
    whole = {
        "ids": {"Ses01": ["Ses01_F000", "Ses01_M000"], "Ses05": ["Ses05_M000"]},
        "speakers": {"Ses01": ["F", "M"], "Ses05": ["M"]},
        "labels": {"Ses01": [2, 5], "Ses05": [0]},
        "features": {"Ses01": np.ones((2, 3), dtype=np.float32), "Ses05": np.ones((1, 3))},
        "sentences": {"Ses01": ["Hello?", " Geez. "], "Ses05": ["Great."]},
        "train": {"Ses01"},
        "test": ["Ses05"],
    }
    return list((whole | changes).values())


def write(folder: Path, content, protocol: int = 2) -> Path:
    path = folder / "IEMOCAP_features.pkl"
    path.write_bytes(content if isinstance(content, bytes) else pickle.dumps(content, protocol))
    return path


@pytest.mark.parametrize("protocol", range(6))
def test_reads_speakers_sentences_and_labels_of_a_split(tmp_path, protocol):
    path = write(tmp_path, parts(), protocol)

    (train,), (test,) = load(path), load(path, split="test")

    assert train.id == "Ses01"
    assert [(u.id, u.index, u.speaker, u.text) for u in train.utterances] == [
        ("Ses01_F000", 0, "F", "Hello?"),
        ("Ses01_M000", 1, "M", "Geez."),
    ]
    assert train.emotions == ("neutral", "frustration")
    assert train.pairs is None
    assert (test.id, test.emotions) == ("Ses05", ("happiness",))
    assert {*train.emotions, *test.emotions} <= set(IEMOCAP_LABELS)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("dtype", ["<i8", ">i4", "u1"])
def test_labels_may_be_an_array_or_numbers_of_numpy(tmp_path, protocol, dtype):
    labels = {"Ses01": np.array([1, 4], dtype), "Ses05": [np.array([3], dtype)[0]]}
    path = write(tmp_path, parts(labels=labels), protocol)

    assert load(path)[0].emotions == ("sadness", "excitement")
    assert load(path, split="test")[0].emotions == ("anger",)


def test_what_python_2_and_an_older_numpy_wrote_is_read(tmp_path):
    content = pickle.dumps(parts(labels={"Ses01": np.array([1, 4]), "Ses05": [0]}), 2)

    assert b"numpy._core" in content
    assert load(write(tmp_path, content.replace(b"numpy._core", b"numpy.core")))[0].emotions == (
        "sadness",
        "excitement",
    )


def test_conversations_come_in_order_whatever_the_split_is_kept_in(tmp_path):
    for split in ({"Ses05", "Ses01"}, ["Ses05", "Ses01"], ("Ses05", "Ses01"), frozenset(["Ses05", "Ses01"])):
        assert [c.id for c in load(write(tmp_path, parts(train=split)))] == ["Ses01", "Ses05"]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("call", [os.system, eval, exec, open, getattr, np.load, pickle.loads, os.remove])
def test_a_pickle_that_would_run_code_is_refused_before_it_does(tmp_path, protocol, call):
    witness = tmp_path / "witness"
    witness.touch()

    with pytest.raises(DataError, match=r"it asks for [a-z_.]+, which could run code"):
        load(write(tmp_path, parts(ids=Runs(call, str(witness))), protocol))
    assert witness.exists()


@pytest.mark.parametrize(
    "content,words",
    [
        (b"", "no pickle of plain values"),
        (b"text", "no pickle of plain values"),
        (pickle.dumps(parts())[:-20], "no pickle of plain values"),
        (parts(features=np.zeros(2, "datetime64[s]")), "an array of 'M8'"),
        (parts(features=np.zeros(2, "i4,i4")), "no pickle of plain values"),
        ({}, "$: expected a list"),
        (parts()[:5], "$: expected at least 6 parts, found 5"),
        (parts(train=[]), "$[5]: no conversation in it"),
        (parts(train=7), "$[5]: expected a list, found int 7"),
        (parts(train=[7]), "$[5][0]: expected a text, found int 7"),
        (parts(train={7, "a"}), "]: expected a text, found int 7"),
        (parts(train=["Ses01", "Ses01"]), "$[5]: conversation Ses01 appears twice"),
        (parts(train=["Ses09"]), "$[0]: 'Ses09' is missing; there is Ses01, Ses05"),
        (parts(labels={"Ses01": [10**9999, 0]}), "$[2].Ses01[0]: expected a whole number, found int"),
        (parts(ids=[]), "$[0]: expected an object with names"),
        (parts(labels={"Ses01": [6, 0]}), "$[2].Ses01[0]: unknown label 6; the labels are 0 happiness, 1 sadness"),
        (parts(labels={"Ses01": [-1, 0]}), "$[2].Ses01[0]: unknown label -1"),
        (parts(labels={"Ses01": [1.0, 0]}), "$[2].Ses01[0]: expected a whole number, found float 1.0"),
        (parts(labels={"Ses01": [0]}), "$[0].Ses01: expected as many ids, speakers, labels and sentences"),
        (parts(sentences={"Ses01": [b"a", "b"]}), "$[4].Ses01[0]: expected a text"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(tmp_path, content, words):
    path = write(tmp_path, content)

    with pytest.raises(DataError) as caught:
        load(path)
    assert str(caught.value).startswith(str(path))
    assert words in str(caught.value)
    assert "IEMOCAP_features.pkl" in caught.value.remedy


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        load(tmp_path / "absent.pkl")


@pytest.fixture
def little_memory():
    """One wrong byte can ask for any amount of memory."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2**30, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), protocol=st.sampled_from([0, 2, 4, 5]))
def test_a_garbled_file_is_read_or_refused(tmp_path, little_memory, data, protocol):
    garbled = bytearray(pickle.dumps(parts(), protocol))
    for _ in range(data.draw(st.integers(1, 3))):
        garbled[data.draw(st.integers(0, len(garbled) - 1))] = data.draw(st.integers(0, 255))

    try:
        conversations = load(write(tmp_path, bytes(garbled)))
    except DataError:
        return
    assert all(c.utterances for c in conversations)
