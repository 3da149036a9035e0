import os
from pathlib import Path

import numpy as np
import pytest

from model.conversation import Conversation, Utterance
from model.datasets.feature_tables import FeatureTable, Statistics, read_rows
from model.errors import DataError


class Runs:
    def __reduce__(self):
        return os.system, ("false",)


def conversation(number, count):
    utterances = tuple(Utterance(str(n + 1), n, "anna", "") for n in range(count))
    return Conversation(str(number), utterances)


def save(folder: Path, values, name="table.npy") -> Path:
    np.save(folder / name, values, allow_pickle=True)
    return folder / name


def open_table(folder: Path, values, rows) -> FeatureTable:
    return FeatureTable.open(save(folder, np.asarray(values)), rows)


ROWS = {"dia1utt1": 1, "dia1utt2": 2, "dia2utt1": 3}
VALUES = [[9.0, 9.0], [1.0, 5.0], [3.0, 5.0], [100.0, -5.0]]


def test_a_conversation_gets_its_rows_normalised_by_those_for_training(tmp_path):
    table = open_table(tmp_path, VALUES, ROWS)
    statistics = Statistics.of(table, [conversation(1, 2)])

    features, present = table.features(conversation(1, 2), statistics)
    unseen, _ = table.features(conversation(2, 1), statistics)

    assert isinstance(table.values, np.memmap)
    assert features.dtype == unseen.dtype == np.float32
    assert statistics.mean.tolist() == [2.0, 5.0]
    assert features.tolist() == [[-1.0, 0.0], [1.0, 0.0]]
    assert unseen.tolist() == [[98.0, -10.0]]
    assert present.tolist() == [True, True]


def test_the_statistics_are_those_of_numpy_over_many_blocks(tmp_path):
    chance = np.random.default_rng(1)
    values = chance.normal(1e4, 5.0, (1400, 3)).astype(np.float32)
    whole = conversation(1, 1399)
    table = open_table(tmp_path, values, {f"dia1utt{n}": n for n in range(1, 1400)})

    statistics = Statistics.of(table, [whole, whole])

    np.testing.assert_allclose(statistics.mean, values[1:].astype(float).mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(statistics.scale, values[1:].astype(float).std(axis=0), rtol=1e-6)


@pytest.mark.parametrize("constant", [0.0, 0.1, -1e9, 1e-300])
def test_a_constant_column_becomes_zero(tmp_path, constant):
    table = open_table(tmp_path, np.full((700, 1), constant), {f"dia1utt{n}": n for n in range(1, 700)})
    whole = conversation(1, 699)

    features, _ = table.features(whole, Statistics.of(table, [whole]))

    assert np.abs(features).max() <= 1e-6


def test_an_utterance_without_a_row_or_with_a_broken_one_is_masked(tmp_path):
    table = open_table(tmp_path, [[9.0, 9.0], [1.0, 5.0], [np.nan, 5.0], [3.0, np.inf]], ROWS)
    statistics = Statistics.of(table, [conversation(1, 3), conversation(2, 1)])

    features, present = table.features(conversation(1, 3), statistics)

    assert statistics.mean.tolist() == [1.0, 5.0]
    assert present.tolist() == [True, False, False]
    assert np.isfinite(features).all()


def test_statistics_of_nothing_are_refused(tmp_path):
    table = open_table(tmp_path, VALUES, ROWS)

    for nothing in ([], [conversation(7, 2)]):
        with pytest.raises(DataError, match=r"table\.npy: no utterance for training has a row"):
            Statistics.of(table, nothing)


def test_reads_the_mapping_as_its_authors_saved_it(tmp_path):
    path = save(tmp_path, np.array(ROWS, dtype=object), "video_id_mapping.npy")

    assert read_rows(path) == ROWS


@pytest.mark.parametrize(
    "mapping,words",
    [
        (np.array({"dia1utt1": 0}, object), "expected a row of its own, from 1"),
        (np.array({"dia1utt1": 4, "dia1utt2": 4}, object), "expected a row of its own, from 1"),
        (np.array({"dia1utt1": "4"}, object), "$[0].dia1utt1: expected a whole number"),
        (np.array({1: 4}, object), "$[0]: a name in it is no text"),
        (np.array([ROWS, ROWS], object), "expected one mapping, found 2"),
        (np.array(Runs(), object), "which could run code"),
        (np.zeros(3), "expected a mapping, found numbers"),
    ],
)
def test_another_mapping_is_refused(tmp_path, mapping, words):
    path = save(tmp_path, mapping)

    with pytest.raises(DataError) as caught:
        read_rows(path)
    assert str(caught.value).startswith(str(path))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "values,words",
    [
        (np.zeros(4), "two axes"),
        (np.zeros((4, 0)), "two axes"),
        (np.zeros((4, 2), int), "floating-point"),
        (np.zeros((4, 2), object), "no table of numbers"),
        (np.zeros((3, 2)), "3 rows, but row 3 is asked for"),
    ],
)
def test_another_table_is_refused(tmp_path, values, words):
    with pytest.raises(DataError, match=words):
        open_table(tmp_path, values, ROWS)


@pytest.mark.parametrize("content", [b"", b"text", b"\x93NUMPY", b"\x93NUMPY\x01\x00\x05\x00{..}\n", b"PK\x03\x04"])
def test_a_file_of_another_kind_is_refused(tmp_path, content):
    path = tmp_path / "broken.npy"
    path.write_bytes(content)

    for read in (read_rows, lambda path: FeatureTable.open(path, ROWS)):
        with pytest.raises(DataError, match=r"broken\.npy: "):
            read(path)
        with pytest.raises(DataError, match="cannot be read: No such file"):
            read(tmp_path / "absent.npy")


def test_a_table_cut_off_is_refused(tmp_path):
    path = save(tmp_path, np.zeros((4, 2)))
    path.write_bytes(path.read_bytes()[:-8])

    with pytest.raises(DataError, match="no table of numbers"):
        FeatureTable.open(path, ROWS)
