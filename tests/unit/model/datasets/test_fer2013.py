import io
import zipfile

import numpy as np
import pytest

from model.datasets import fer2013, labelled_arrays
from model.errors import DataError

FACES = np.arange(3 * 48 * 48, dtype=np.uint32).astype(np.uint8).reshape(3, 48, 48)
LABELS = np.array([0, 6, 3], np.int8)


def store(path, **arrays):
    np.savez(path, **arrays)
    return path


def test_a_pair_is_read_as_it_stands(tmp_path):
    faces = fer2013.load(store(tmp_path / "faces.npz", x=FACES, y=LABELS))
    assert faces.split == ""
    assert (faces.pixels.dtype, faces.labels.dtype) == (np.uint8, np.int64)
    np.testing.assert_array_equal(faces.pixels, FACES)
    assert [fer2013.LABELS[label] for label in faces.labels] == ["anger", "neutral", "joy"]


@pytest.mark.parametrize("prefix", ["val", "test", "private_test", "x"])
def test_one_pair_may_have_any_name(tmp_path, prefix):
    path = store(tmp_path / "faces.npz", **{f"{prefix}_x": FACES[:, None], f"{prefix}_y": LABELS})
    faces = fer2013.load(path)
    assert faces.split == prefix
    np.testing.assert_array_equal(faces.pixels, FACES)


def test_what_lies_beside_train_is_measured_on_unless_train_is_asked_for(tmp_path):
    path = store(tmp_path / "faces.npz", train_x=FACES, train_y=LABELS, val_x=FACES[:1], val_y=LABELS[:1])
    assert labelled_arrays.splits(path) == ("train", "val")
    assert (fer2013.load(path).split, fer2013.load(path, "train").split) == ("val", "train")
    with pytest.raises(DataError, match="has no arrays test_x and test_y"):
        fer2013.load(path, "test")


def test_a_train_pair_alone_is_the_only_one(tmp_path):
    assert fer2013.load(store(tmp_path / "faces.npz", train_x=FACES, train_y=LABELS)).split == "train"


@pytest.mark.parametrize("classes", [["happy", "sad", "angry", "neutral", "fear", "surprise", "disgust"]])
def test_a_file_may_count_its_classes_otherwise(tmp_path, classes):
    for names in (np.array(classes), np.array(classes, "S")):
        faces = fer2013.load(store(tmp_path / "faces.npz", x=FACES, y=LABELS, classes=names))
        assert [fer2013.CLASSES[label] for label in faces.labels] == ["happy", "disgust", "neutral"]


@pytest.mark.parametrize(
    "arrays,complaint",
    [
        ({"a": FACES}, "it holds no such pair"),
        ({"x": FACES}, "it holds no such pair"),
        ({"a_x": FACES, "a_y": LABELS, "b_x": FACES, "b_y": LABELS}, "it holds a_x, b_x"),
        ({"x": FACES / 255, "y": LABELS}, "pictures are float64"),
        ({"x": FACES[:, 1:], "y": LABELS}, "pictures are uint8"),
        ({"x": FACES, "y": LABELS[:2]}, "2 labels for x"),
        ({"x": FACES[:0], "y": LABELS[:0]}, "nothing is in them"),
        ({"x": FACES, "y": LABELS.astype(float)}, "labels are float64"),
        ({"x": FACES, "y": LABELS[:, None]}, "labels are int8"),
        ({"x": FACES, "y": LABELS + 1}, "labels go from 1 to 7, but there are 7 classes"),
        ({"x": FACES, "y": LABELS - 1}, "labels go from -1 to 5"),
        ({"x": FACES, "y": LABELS, "classes": np.array(["angry", "bored"])}, "unknown class 'bored'"),
        ({"x": FACES, "y": LABELS, "classes": np.array(["happy", "joy"])}, "expected each class once"),
        ({"x": FACES, "y": LABELS, "classes": np.arange(7)}, "no list of names"),
        ({"x": FACES.astype(object), "y": LABELS}, "pickled objects"),
        ({"x": np.uint8(1), "y": LABELS}, "3 labels for x of shape"),
    ],
)
def test_what_is_something_else_is_told_by_name(tmp_path, arrays, complaint):
    with pytest.raises(DataError, match=complaint) as told:
        fer2013.load(store(tmp_path / "faces.npz", **arrays))
    assert "faces.npz" in str(told.value)
    assert told.value.remedy


def test_a_header_that_asks_for_the_moon_is_refused_unread(tmp_path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (10**12, 48, 48)})
    labels = io.BytesIO()
    np.save(labels, LABELS)
    with zipfile.ZipFile(tmp_path / "moon.npz", "w") as archive:
        archive.writestr("x.npy", header.getvalue())
        archive.writestr("y.npy", labels.getvalue())
    with pytest.raises(DataError, match="more than 1 GiB"):
        fer2013.load(tmp_path / "moon.npz")


def test_a_truncated_file_a_foreign_one_and_none_at_all(tmp_path):
    whole = store(tmp_path / "whole.npz", x=FACES, y=LABELS).read_bytes()
    for name, content in {"half.npz": whole[: len(whole) // 2], "text.npz": b"x,y\n1,2\n", "empty.npz": b""}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=f"{name} cannot be read as an .npz file"):
            fer2013.load(tmp_path / name)
    with pytest.raises(DataError, match="there is no file"):
        fer2013.load(tmp_path / "gone.npz")
    with pytest.raises(DataError, match="Is a directory"):
        fer2013.load(tmp_path)


def test_an_array_that_breaks_off_is_told(tmp_path):
    parts = {}
    for name, array in {"x": FACES, "y": LABELS}.items():
        parts[name] = io.BytesIO()
        np.save(parts[name], array)
    with zipfile.ZipFile(tmp_path / "short.npz", "w") as archive:
        archive.writestr("x.npy", parts["x"].getvalue()[:-10])
        archive.writestr("y.npy", parts["y"].getvalue())
    with pytest.raises(DataError, match=r"short\.npz cannot be read"):
        fer2013.load(tmp_path / "short.npz")


def test_packed_bytes_that_were_changed_are_told(tmp_path):
    np.savez_compressed(tmp_path / "packed.npz", x=FACES, y=LABELS)
    content = bytearray((tmp_path / "packed.npz").read_bytes())
    content[60:70] = bytes(10)
    (tmp_path / "packed.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"packed\.npz cannot be read"):
        fer2013.load(tmp_path / "packed.npz")


@pytest.mark.shared
def test_the_published_faces_are_understood(shared_data):
    path = shared_data / "fer2013" / "fer2013_train_val.npz"
    faces = fer2013.load(path)
    assert (faces.split, faces.pixels.shape) == ("val", (3589, 48, 48))
    assert np.bincount(faces.labels).argmax() == fer2013.LABELS.index("joy")
