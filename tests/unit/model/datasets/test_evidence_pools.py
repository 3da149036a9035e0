import numpy as np
import pytest

from model.datasets import evidence_pools
from model.errors import DataError
from tests.tiny_pools import write_pool


def changed(path, **arrays):
    with np.load(path) as before:
        np.savez(path, **{**before, **arrays})


def test_each_part_has_its_own_people_and_their_clips_by_label(tmp_path):
    path = tmp_path / "voice.npz"
    write_pool(path)
    train, dev = evidence_pools.load(path, "train"), evidence_pools.load(path, "dev")
    assert train.people == ("actor0", "actor1", "actor2", "actor3")
    assert dev.people == ("actor4", "actor5")
    assert {label: len(rows) for label, rows in dev.clips["actor5"].items()} == dict.fromkeys(range(7), 2)
    assert all((train.features[rows].argmax(1) == label).all() for label, rows in train.clips["actor2"].items())


def test_people_who_show_one_label_each_are_one_crowd(tmp_path):
    path = tmp_path / "face.npz"
    write_pool(path, anonymous=True)
    pool = evidence_pools.load(path, "train")
    assert len(pool.people) == 1
    assert sum(len(rows) for rows in pool.clips[pool.people[0]].values()) == len(pool.features) == 56


@pytest.mark.parametrize(
    "arrays,complaint",
    [
        ({"features": np.zeros((84, 6))}, "finite"),
        ({"features": np.full((84, 7), np.nan)}, "finite"),
        ({"labels": np.array(["joy"] * 3)}, "differ in length"),
        ({"labels": np.array(["glee"] * 84)}, "glee"),
        ({"part": np.array(["train"] * 84)}, "'dev'"),
    ],
)
def test_what_is_no_pool_is_refused(tmp_path, arrays, complaint):
    path = tmp_path / "pool.npz"
    write_pool(path)
    changed(path, **arrays)
    with pytest.raises(DataError, match=complaint):
        evidence_pools.load(path, "dev")


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "pool.npz"
    path.write_text("no pool")
    with pytest.raises(DataError, match="not a pool"):
        evidence_pools.load(path, "dev")
    np.savez(path, features=np.zeros((1, 7)))
    with pytest.raises(DataError, match="not a pool"):
        evidence_pools.load(path, "dev")
    with pytest.raises(DataError, match="not a pool"):
        evidence_pools.load(tmp_path / "none.npz", "dev")
