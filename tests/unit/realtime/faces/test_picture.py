"""How good a picture is."""

import cv2
import numpy as np
import pytest

from realtime.faces.box import Box
from realtime.faces.picture import grey_cut, is_covered, sharpness
from realtime.faces.sighting import LEAST_SHARPNESS
from tests.pictures import face, room

FACE = Box(100, 60, 120, 120)


@pytest.mark.parametrize("scale", [1, 2, 4])
@pytest.mark.parametrize("light", [0.3, 1.0])
def test_a_sharp_face_is_sharp_at_any_size_and_light(scale, light):
    image = cv2.resize(
        face(room(), (160, 120), 100), None, fx=0.5 * scale, fy=0.5 * scale, interpolation=cv2.INTER_AREA
    )
    box = Box(*(0.5 * scale * number for number in (100, 60, 120, 120)))
    assert sharpness((image * light).astype(np.uint8), box) > 0.08


def test_a_blurred_face_is_not():
    image = cv2.GaussianBlur(face(room(), (160, 120), 100), (0, 0), 4)
    assert sharpness(image, FACE) < LEAST_SHARPNESS


def test_an_even_piece_has_no_sharpness():
    assert sharpness(np.full((240, 320, 3), 90, np.uint8), FACE) == 0.0


@pytest.mark.parametrize(
    "image, covered",
    [
        (np.zeros((240, 320, 3), np.uint8), True),
        (np.random.default_rng(3).integers(0, 9, (240, 320, 3), np.uint8), True),
        (np.random.default_rng(3).integers(60, 100, (240, 320, 3), np.uint8), True),
        (room(), False),
        (face(room() // 4, (160, 120), 100), False),
    ],
)
def test_what_a_covered_camera_sees(image, covered):
    assert is_covered(image) is covered


@pytest.mark.parametrize(
    "box", [Box(-50, -50, 100, 100), Box(300, 200, 100, 100), Box(1000, 1000, 50, 50), Box(5, 5, 0, 0)]
)
def test_a_box_may_reach_out_of_the_picture(box):
    cut = grey_cut(room(), box, (24, 32))
    assert cut.shape == (32, 24)
    assert cut.dtype == np.uint8
