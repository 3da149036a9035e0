import numpy as np
import pytest
import torch

from model.checkpoint import DataTerms
from model.datasets import fer2013
from model.encoder_checkpoint import EncoderCard
from model.errors import CheckpointError, DataError
from model.evaluation import face
from model.face import weights
from model.face.network import LABELS, FaceNetwork, Settings


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    torch.manual_seed(1)
    settings = Settings(stem=2, widths=(4,))
    card = EncoderCard(
        reads="face",
        what="made up",
        labels=LABELS,
        settings=settings.model_dump(),
        data=(DataTerms(name="none", terms="none"),),
        seed=3,
        figures={},
        training={},
    )
    folder = tmp_path_factory.mktemp("face")
    weights.save(folder, FaceNetwork(settings).eval(), card)
    return folder


@pytest.fixture
def pixels():
    return np.random.default_rng(2).integers(0, 256, (150, 48, 48), np.uint8)


def test_the_labels_of_the_set_are_those_of_the_network():
    assert fer2013.LABELS == LABELS


def test_a_file_is_scored_by_what_the_network_says(tmp_path, checkpoint, pixels):
    network, card = weights.load(checkpoint)
    said = network.read(torch.from_numpy(pixels)).argmax(1).numpy()
    labels = np.where(np.arange(150) < 120, said, (said + 1) % 7)  # the last thirty are wrong
    np.savez(tmp_path / "faces.npz", held_out_x=pixels, held_out_y=labels)
    told = []
    measured = face.evaluate(tmp_path / "faces.npz", checkpoint, lambda *done: told.append(done))
    assert measured.accuracy == pytest.approx(120 / 150)
    assert (measured.settings.split, measured.settings.part, measured.count) == ("held_out", "face", 150)
    assert measured.checkpoint.weights_sha256 == card.weights_sha256
    assert told == [(128, 150), (150, 150)]


def test_what_cannot_be_read_is_told(tmp_path, checkpoint):
    with pytest.raises(DataError, match="there is no file"):
        face.evaluate(tmp_path / "gone.npz", checkpoint)
    np.savez(tmp_path / "faces.npz", x=np.zeros((1, 48, 48), np.uint8), y=np.zeros(1, int))
    with pytest.raises(CheckpointError, match="cannot be read"):
        face.evaluate(tmp_path / "faces.npz", tmp_path)
