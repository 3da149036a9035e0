"""How far a face looks this way."""

from typing import Final

import cv2
import numpy as np

from realtime.faces.crop import Crop

_FRONTAL_TURN, _PROFILE_TURN = 0.15, 0.7  # distances of the eyes
_DETAIL, _LIGHT = 1.5, 6.0  # pixels: what is finer is noise, what is coarser is light from one side
_SHIFT: Final = 4  # pixels: how far the middle of the face may lie from that of the crop
_FOREHEAD, _CHIN = 6, 42  # rows between which a face is
_FLAT: Final = 1.0  # grey values: standard deviation of details of which there are none
_SYMMETRIC: Final = 0.4
_LEAST: Final = 0.25


def frontality(face: Crop, turn: float | None) -> float:
    """1 for a face that looks this way, 0 for one from the side.

    Where the detector tells how far the nose is from the middle of the eyes, by that: 1 up to 0.15 distances of the
    eyes, 0 from 0.7. Otherwise by the likeness of the face and its mirror image, which tells far less (over FER2013
    their correlation is 0.3): it lowers a quality, to 0.25 at least, and never rules a face out by itself.
    """
    if turn is not None:
        return float(np.clip((_PROFILE_TURN - turn) / (_PROFILE_TURN - _FRONTAL_TURN), 0.0, 1.0))
    return float(np.clip(_symmetry(face) / _SYMMETRIC, _LEAST, 1.0))


def _symmetry(face: Crop) -> float:
    """The highest correlation of a face's details with those of its mirror image, over shifts of some pixels."""
    grey = face.astype(np.float32)
    details = (cv2.GaussianBlur(grey, (0, 0), _DETAIL) - cv2.GaussianBlur(grey, (0, 0), _LIGHT))[_FOREHEAD:_CHIN]
    if details.std() < _FLAT:
        return 0.0
    mirrored = np.ascontiguousarray(details[:, ::-1][:, _SHIFT:-_SHIFT])
    return float(cv2.matchTemplate(details, mirrored, cv2.TM_CCOEFF_NORMED).max())
