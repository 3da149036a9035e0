from pathlib import Path

import numpy as np
import pytest
import torch

from model.emotions import EKMAN_LABELS
from model.errors import CheckpointError
from model.face.image_classifier import ImageClassifier, Preparation
from model.label_names import bounded, in_ekman_order, to_ekman
from tests.tiny_vit import FER, tiny_vit

CPU = torch.device("cpu")
FACES = torch.arange(48.0).expand(2, 48, 48).to(torch.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tiny_vit(tmp_path_factory.mktemp("vit"))


def test_a_picture_is_prepared_as_the_checkpoint_says():
    preparation = Preparation(size=24, image_mean=(0.5,), image_std=(0.25,))
    prepared = preparation.prepared(FACES, 3)
    assert prepared.shape == (2, 3, 24, 24)
    grey = prepared[0, 0, 12] * 0.25 + 0.5
    assert torch.allclose(grey[4:20] * 255, torch.arange(48.0).view(24, 2).mean(1)[4:20], atol=0.6)


def test_a_crop_is_taken_from_the_middle():
    preparation = Preparation(
        size={"shortest_edge": 48}, do_center_crop=True, crop_size={"height": 40, "width": 40}, do_normalize=False
    )
    prepared = preparation.prepared(FACES, 1) * 255
    assert prepared.shape == (2, 1, 40, 40)
    assert prepared[0, 0, 0].round().tolist() == list(range(4, 44))


def test_its_outputs_are_put_into_our_order(folder):
    classifier = ImageClassifier.load(folder, CPU)
    faces = np.random.default_rng(1).integers(0, 256, (3, 48, 48), np.uint8)
    read = classifier.read(faces)
    pictures = Preparation.model_validate_json((folder / "preprocessor_config.json").read_text())
    with torch.inference_mode():
        said = classifier._model(pixel_values=pictures.prepared(torch.from_numpy(faces), 3)).logits.numpy()
    assert np.allclose(read, bounded(in_ekman_order(said, to_ekman(FER))), atol=1e-4)
    joy = EKMAN_LABELS.index("joy")
    assert np.array_equal(read[:, joy] > read[:, 0], said[:, 3] > said[:, 6])


@pytest.mark.parametrize(
    "labels, why",
    [
        (("cat", *FER[1:]), "the label 'cat' is none that is known"),
        (FER[:6], "say nothing of neutral"),
    ],
)
def test_labels_that_are_no_emotions_are_refused(tmp_path, labels, why):
    with pytest.raises(CheckpointError, match=why):
        ImageClassifier.load(tiny_vit(tmp_path, labels), CPU)


def test_pictures_that_are_no_squares_are_refused(tmp_path):
    with pytest.raises(CheckpointError, match="not squares"):
        ImageClassifier.load(tiny_vit(tmp_path, size={"height": 32, "width": 64}), CPU)


def test_a_preparation_that_says_nonsense_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match=r"preprocessor_config\.json: rescale_factor"):
        ImageClassifier.load(tiny_vit(tmp_path, rescale_factor=-1), CPU)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="cannot be loaded as a face encoder"):
        ImageClassifier.load(tmp_path, CPU)


def test_missing_weights_are_refused(tmp_path):
    folder = tiny_vit(tmp_path)
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    del tensors["classifier.weight"]
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(CheckpointError, match=r"lacks 1 parameters .* classifier\.weight"):
        ImageClassifier.load(folder, CPU)
