import torch
from torch.nn import functional as F

from model.face.network import SIDE
from model.training.face.settings import Variation
from model.training.face.variation import varied

STILL = dict.fromkeys(("turn", "zoom", "shift", "contrast", "brightness", "mirrored", "hidden"), 0.0)


def faces(count=3):
    return torch.randn(count, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(1))


def test_without_variation_the_middle_is_shown():
    shown = varied(faces(), Variation(**STILL))
    torch.testing.assert_close(shown, faces()[:, :, 4:44, 4:44])


def test_a_mirror_shows_the_other_side():
    shown = varied(faces(), Variation(**STILL | {"mirrored": 1.0}))
    torch.testing.assert_close(shown, faces()[:, :, 4:44, 4:44].flip(3), atol=1e-4, rtol=1e-4)


def test_what_is_hidden_is_a_rectangle_of_the_sides_that_were_asked_for():
    torch.manual_seed(3)
    settings = Variation(**STILL | {"hidden": 1.0}, hidden_least=5, hidden_most=9)
    hidden = varied(torch.ones(200, 1, SIDE, SIDE), settings)[:, 0] == 0
    heights, widths = hidden.any(2).sum(1), hidden.any(1).sum(1)
    assert (hidden.sum((1, 2)) == heights * widths).all()
    assert {int(heights.min()), int(heights.max()), int(widths.min()), int(widths.max())} == {5, 9}


def test_about_half_are_hidden_in_part_and_light_varies_within_its_bounds():
    torch.manual_seed(5)
    settings = Variation(**STILL | {"hidden": 0.5, "contrast": 0.3, "brightness": 0.2})
    shown = varied(torch.ones(400, 1, SIDE, SIDE), settings)[:, 0]
    assert 160 < int((shown == 0).any(2).any(1).sum()) < 240
    light = shown.amax((1, 2))
    assert light.min() >= torch.exp(torch.tensor(-0.3)) - 0.2
    assert light.max() <= torch.exp(torch.tensor(0.3)) + 0.2


def test_the_same_seed_varies_alike():
    shown = []
    for _ in range(2):
        torch.manual_seed(7)
        shown.append(varied(faces(), Variation()))
    assert torch.equal(*shown)
    assert shown[0].shape == (3, 1, 40, 40)


def test_a_turn_keeps_the_middle_where_it_is():
    torch.manual_seed(9)
    spot = F.pad(torch.ones(8, 1, 4, 4), (22, 22, 22, 22))
    shown = varied(spot, Variation(**STILL | {"turn": 1.0}))
    assert (shown[:, 0, 19:21, 19:21] > 0.9).all()
