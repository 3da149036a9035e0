import cv2
import numpy as np
import pytest

from realtime.faces.box import Box
from realtime.faces.crop import face_crop
from realtime.faces.mouth import mouth_motion
from realtime.faces.pose import frontality
from tests.pictures import face, room

PICTURE = face(room(), (160, 120), 100)
BOX = Box(105, 70, 110, 110)
CROP = face_crop(PICTURE, BOX)


def rolled(degrees: float) -> np.ndarray:
    """The picture turned clockwise about the middle of the face's box."""
    return cv2.warpAffine(PICTURE, cv2.getRotationMatrix2D((160, 125), -degrees, 1.0), (320, 240))


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def test_a_crop_is_a_square_about_the_longer_side():
    assert (CROP.shape, CROP.dtype) == ((48, 48), np.uint8)
    narrow = face_crop(PICTURE, Box(125, 70, 70, 110))
    assert np.array_equal(narrow, CROP)


def test_a_tilted_face_is_turned_upright_where_the_eyes_were_found():
    tilted = rolled(20)
    upright = face_crop(tilted, Box(105, 70, 110, 110, tilt_deg=20.0))
    assert likeness(upright, CROP) > 0.95
    assert likeness(upright, CROP) > likeness(face_crop(tilted, BOX), CROP) + 0.1


@pytest.mark.parametrize("box", [Box(-60, -60, 110, 110, tilt_deg=10.0), Box(300, 230, 90, 90), Box(900, 900, 50, 50)])
def test_a_face_that_reaches_out_of_the_picture_is_cut_all_the_same(box):
    assert face_crop(PICTURE, box).shape == (48, 48)


def test_a_face_from_the_front_is_alike_on_both_sides():
    half = CROP.copy()
    half[:, 24:] = np.random.default_rng(1).integers(0, 256, (48, 24))
    assert frontality(CROP, None) == 1.0
    assert frontality(half, None) < 0.8
    assert frontality(np.zeros((48, 48), np.uint8), None) == 0.25


def test_the_nose_tells_more_than_the_likeness_of_the_sides():
    assert [frontality(CROP, turn) for turn in (0.0, 0.15, 0.425, 0.7, 3.0)] == pytest.approx([1, 1, 0.5, 0, 0])


def test_a_mouth_that_opens_moves_and_one_that_is_only_misplaced_does_not():
    opened = PICTURE.copy()
    cv2.ellipse(opened, (160, 156), (16, 12), 0, 0, 360, (40, 30, 60), -1)
    moved = [face_crop(PICTURE, BOX.moved(3, -2)), face_crop(PICTURE, BOX.grown(0.04)), face_crop(rolled(4), BOX)]
    assert mouth_motion(CROP, CROP) == 0.0
    assert max(mouth_motion(CROP, each) for each in moved) < 0.1
    assert mouth_motion(CROP, face_crop(opened, BOX)) > 0.3
    assert mouth_motion(np.zeros((48, 48), np.uint8), np.zeros((48, 48), np.uint8)) == 0.0
