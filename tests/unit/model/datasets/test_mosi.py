import numpy as np
import pytest

from model.datasets import mosi
from model.errors import DataError
from model.modality import Modality
from tests.tiny_vectors import write_vectors


def test_dev_is_the_last_tenth_of_each_label(tmp_path):
    path = write_vectors(tmp_path / "mosi.npz", train=60, test=10)
    data = mosi.load(path)
    with np.load(path) as published:
        words, labels = published["train_text"], published["train_y"]
    assert len(data.train.labels) == 54
    assert np.bincount(data.dev.labels).tolist() == [3, 3]
    for label in (0, 1):
        ours = data.dev.features[Modality.TEXT][data.dev.labels == label]
        assert np.array_equal(ours, words[labels == label][-3:])
    assert len(data.test.labels) == 10


@pytest.mark.parametrize(
    "broken",
    [{"train_y": np.zeros(60, np.int8)}, {"test_audio": np.zeros((9, 3))}, {"train_video": np.full((60, 4), np.inf)}],
)
def test_what_is_not_the_set_is_refused(tmp_path, broken):
    path = write_vectors(tmp_path / "mosi.npz", train=60, test=10)
    with np.load(path) as published:
        np.savez(path, **{**published, **broken})
    with pytest.raises(DataError, match=next(iter(broken))):
        mosi.load(path)


def test_another_file_is_refused(tmp_path):
    (tmp_path / "mosi.npz").write_text("nothing")
    with pytest.raises(DataError, match="not MOSI's vectors"):
        mosi.load(tmp_path / "mosi.npz")
