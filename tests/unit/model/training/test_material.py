import pytest
import torch

pytest.importorskip("torch_geometric")

from model.errors import DataError, SettingsError
from model.training.material import Material, device_named
from model.training.progress import Stopped
from tests.tiny_minilm import tiny_minilm
from tests.tiny_training import Watcher, tiny_settings


class Impatient(Watcher):
    """Asks for the end at once."""

    @property
    def stopping(self) -> bool:
        return True


def test_several_files_of_several_formats_are_one_set(tmp_path):
    (tmp_path / "comments.tsv").write_text("so happy !\t1\tc1\n")
    (tmp_path / "labels.txt").write_text("neutral\njoy\n")
    comments = {"path": tmp_path / "comments.tsv", "format": "goemotions"}
    settings = tiny_settings(tmp_path, train=[tmp_path / "data.txt", comments])
    train = Material(settings, Watcher(), tiny_minilm).train
    assert [example.emotions.numel() for example in train] == [4] * 8 + [1]
    assert train[-1].pairs.tolist() == [-1.0]
    assert {state.dtype for example in train for state in example.written.states} == {torch.float16}


def test_dev_must_be_annotated(tmp_path):
    (tmp_path / "comments.tsv").write_text("so happy !\t1\tc1\n")
    (tmp_path / "labels.txt").write_text("neutral\njoy\n")
    settings = tiny_settings(tmp_path, dev={"path": tmp_path / "comments.tsv", "format": "goemotions"})
    with pytest.raises(DataError, match=r"comments\.tsv: conversation c1 is not annotated"):
        _ = Material(settings, Watcher(), tiny_minilm).dev


def test_reading_texts_can_be_stopped(tmp_path):
    with pytest.raises(Stopped):
        _ = Material(tiny_settings(tmp_path), Impatient(), tiny_minilm).train


def test_an_unknown_format_is_refused(tmp_path):
    settings = tiny_settings(tmp_path, train={"path": tmp_path / "data.txt", "format": "efc"})
    with pytest.raises(SettingsError, match="ecf"):
        _ = Material(settings, Watcher(), tiny_minilm).train


def test_the_device_is_a_gpu_only_where_there_is_one():
    assert device_named("cpu").type == "cpu"
    assert device_named("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    if not torch.cuda.is_available():
        with pytest.raises(SettingsError, match="device: cpu"):
            device_named("cuda")
