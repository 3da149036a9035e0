import pytest
import torch

from model.errors import CheckpointError
from model.face import weights
from model.face.network import FaceNetwork, Settings, standardised
from tests.tiny_face import tiny_folder, tiny_network

FACES = torch.randint(0, 256, (3, 48, 48), dtype=torch.uint8, generator=torch.Generator().manual_seed(2))


def test_the_tensors_come_in_the_order_in_which_they_were_trained():
    shapes = [tuple(tensor.shape) for tensor in FaceNetwork(Settings(stem=2, widths=(3,))).state_dict().values()]
    normalisation = [(3,), (3,), (3,), (3,), ()]
    assert shapes[:6] == [(2, 1, 3, 3), (2,), (2,), (2,), (2,), ()]
    assert shapes[6:12] == [(2, 2, 3, 3), (2,), (2,), (2,), (2,), ()]
    assert shapes[12:30] == [(3, 2, 3, 3), *normalisation, (3, 3, 3, 3), *normalisation, (3, 2, 1, 1), *normalisation]
    assert shapes[30:] == [(7, 3), (7,)]


def test_folding_changes_no_number():
    network = tiny_network()
    folded = network.folded()
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in folded.modules())
    assert torch.allclose(folded.read(FACES), network.read(FACES), atol=1e-4)
    assert any(isinstance(module, torch.nn.BatchNorm2d) for module in network.modules())


def test_a_face_and_its_mirror_image_read_alike():
    torch.manual_seed(0)
    network = FaceNetwork(Settings(stem=3, widths=(3, 4), views=(44, 44))).eval()
    assert torch.allclose(network.read(FACES), network.read(FACES.flip(2)), atol=1e-5)


def test_brightness_and_contrast_of_a_picture_hardly_matter():
    dark = (FACES.float() * 0.5 + 10).round().to(torch.uint8)
    assert (standardised(FACES) - standardised(dark)).abs().mean() < 0.1


def test_a_flat_picture_is_no_division_by_nothing():
    flat = torch.full((1, 48, 48), 7, dtype=torch.uint8)
    assert torch.equal(standardised(flat), torch.zeros(1, 1, 48, 48))


def test_a_block_that_keeps_its_channels_has_a_plain_shortcut():
    network = FaceNetwork(Settings(stem=3, widths=(3, 4), views=(32,))).eval()
    assert torch.allclose(network.folded().read(FACES), network.read(FACES), atol=1e-4)


@torch.inference_mode()
def test_views_are_read_in_a_mirror_and_as_they_are_in_turn():
    torch.manual_seed(0)
    network = FaceNetwork(Settings(stem=3, widths=(3, 4), views=(40, 48))).eval()
    whole = standardised(FACES)
    expected = (network(whole[:, :, 4:44, 4:44].flip(3)) + network(whole)) / 2
    assert torch.allclose(network.read(FACES), expected, atol=1e-6)


@pytest.mark.parametrize("views", [(), (41,), (30,), (50,)])
def test_a_view_lies_in_the_middle_of_the_face(views):
    with pytest.raises(ValueError, match="views"):
        Settings(views=views)


def test_a_saved_network_reads_as_before_but_for_rounding(tmp_path):
    network, card = weights.load(tiny_folder(tmp_path / "face"))
    assert not network.training
    assert card.settings["views"] == [40]
    assert torch.allclose(network.read(FACES), tiny_network().read(FACES), atol=0.02)


def test_other_labels_are_refused(tmp_path):
    with pytest.raises(CheckpointError, match="tells happy, sad apart"):
        weights.load(tiny_folder(tmp_path / "face", labels=("happy", "sad")))


def test_sizes_that_do_not_fit_the_weights_are_refused(tmp_path):
    with pytest.raises(CheckpointError, match="other weights"):
        weights.load(tiny_folder(tmp_path / "face", settings={"stem": 2, "widths": [3, 5]}))
