"""Pieces of a picture, and how good they are."""

from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.faces.box import Box

Picture = NDArray[np.uint8]
"""(H, W, 3): blue, green, red."""

_SHARPNESS_SIDE: Final = 64
_NOISE: Final = 25.0  # variance of grey values that a camera's noise alone makes
_COVERED_SIZE: Final = (32, 24)  # averages the noise away
_DARK: Final = 12.0  # mean grey value, of 255
_FLAT: Final = 4.0  # standard deviation of grey values, of 255


def grey_cut(image: Picture, box: Box, size: tuple[int, int]) -> Picture:
    """What is in the box, as (height, width) grey values scaled to `size` = (width, height); edges are repeated."""
    whole_height, whole_width = image.shape[:2]
    left, top = round(box.x), round(box.y)
    right, bottom = left + max(1, round(box.width)), top + max(1, round(box.height))
    piece = image[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    if not piece.size:
        return np.zeros(size[::-1], np.uint8)
    grey = cv2.cvtColor(piece, cv2.COLOR_BGR2GRAY)
    outside = (max(0, -top), max(0, bottom - whole_height), max(0, -left), max(0, right - whole_width))
    if any(outside):
        grey = cv2.copyMakeBorder(grey, *outside, cv2.BORDER_REPLICATE)
    shrinks = grey.shape[1] > size[0]
    return cast("Picture", cv2.resize(grey, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR))


def sharpness(image: Picture, box: Box) -> float:
    """How much fine detail a face shows, whatever its size and light; from 0, about 0.4 for a sharp one.

    The variance of the Laplacian of the face, scaled to 64 x 64 grey values, over the variance of those values. A face
    of 24 pixels has about 0.04, one blurred by 2 % of its width (standard deviation) 0.03.
    """
    face = grey_cut(image, box, (_SHARPNESS_SIDE, _SHARPNESS_SIDE)).astype(np.float32)
    return float(cv2.Laplacian(face, cv2.CV_32F).var() / (face.var() + _NOISE))


def is_covered(image: Picture) -> bool:
    """Whether the camera sees nothing: all is dark, or of one colour, as behind a lid or a hand."""
    small = cv2.cvtColor(cv2.resize(image, _COVERED_SIZE, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    return bool(small.mean() < _DARK or small.std() < _FLAT)
