"""A face as its expression is read: upright, grey, framed like the pictures that the network learned from."""

from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from model.face.network import SIDE
from realtime.faces.box import Box
from realtime.faces.picture import Picture, grey_cut

Crop = NDArray[np.uint8]
"""(48, 48) grey values."""

_UPRIGHT_DEG: Final = 3.0  # less is not worth a second interpolation
_MOST_DEG: Final = 45.0  # beyond that the eyes were probably not found
_AROUND: Final = 0.25  # of the side, on each side, so that corners are not empty after the turn


def face_crop(image: Picture, box: Box) -> Crop:
    """The face in the box of a detector.

    FER2013's frame is the square about the box with the box's longer side: over 500 of its pictures the median side of
    that frame was 1.03 of the cascade's box and 0.97 of YuNet's, its middle within 0.02 of theirs. Where the detector
    tells the line through the eyes it is turned level; where it does not, as with the cascade, which finds upright
    faces only, the network has learned from faces tilted by up to 15 degrees.
    """
    square = box.square()
    if not _UPRIGHT_DEG < abs(box.tilt_deg) <= _MOST_DEG:
        return grey_cut(image, square, (SIDE, SIDE))
    edge = round(_AROUND * SIDE)
    side = SIDE + 2 * edge
    wide = grey_cut(image, square.grown(_AROUND), (side, side))
    middle = ((side - 1) / 2, (side - 1) / 2)
    turn = cv2.getRotationMatrix2D(middle, box.tilt_deg, 1.0)
    upright = cv2.warpAffine(wide, turn, (side, side), borderMode=cv2.BORDER_REPLICATE)
    return cast("Crop", np.ascontiguousarray(upright[edge : edge + SIDE, edge : edge + SIDE]))
