"""The face detector `yunet`: a small network that also finds turned, tilted and half-hidden faces; its file by path."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from model.config import Config
from model.errors import CheckpointError
from realtime.faces.box import Box
from realtime.faces.picture import Picture

_CELL = 32  # pixels; the coarsest grid that the network looks at
_GET = (
    "Get face_detection_yunet_2023mar.onnx from https://github.com/opencv/opencv_zoo "
    "(models/face_detection_yunet) and set face_detector.path to it"
)


class Settings(Config):
    """Which file, and how closely to look."""

    path: Path = Field(description="The network: face_detection_yunet_2023mar.onnx of OpenCV's model zoo (Apache-2.0).")
    picture_width: int = Field(
        default=320,
        ge=160,
        le=1920,
        description="Width to which a picture is scaled before faces are looked for, pixels; more finds smaller faces, "
        "and costs its square.",
    )
    threshold: float = Field(
        default=0.8, ge=0.1, le=0.99, description="Probability from which something is taken for a face."
    )


def create(settings: Settings) -> "YuNet":
    """The detector for these settings; nothing is loaded yet."""
    return YuNet(settings)


class YuNet:
    """YuNet (Wu, Peng and Yu 2023, doi:10.1007/s11633-023-1423-y) through OpenCV."""

    _network: cv2.FaceDetectorYN

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def open(self) -> None:
        """Load the network.

        Raises:
            CheckpointError: The file is missing, or is no such network.
        """
        path = self._settings.path.expanduser()
        if not path.is_file():
            raise CheckpointError(f"there is no file {path}", _GET)
        size = (self._settings.picture_width, self._settings.picture_width)
        try:
            self._network = cv2.FaceDetectorYN.create(str(path), "", size, self._settings.threshold)
        except cv2.error as error:
            raise CheckpointError(f"{path} cannot be read as YuNet", _GET) from error

    def detect(self, image: Picture) -> Sequence[Box]:
        """The faces in a picture, in its own pixels."""
        height, width = image.shape[:2]
        scale = min(1.0, self._settings.picture_width / width)
        size = (round(width * scale), round(height * scale))
        if min(size) < _CELL:
            return []  # it would read what lies beside the picture
        self._network.setInputSize(size)
        _, rows = self._network.detect(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
        found = cast("NDArray[np.float32] | None", rows)  # None where there are none, whatever its types say
        if found is None:
            return []
        return [_box(row, scale) for row in found]


def _box(row: NDArray[np.float32], scale: float) -> Box:
    """One face of the network: its rectangle, then its eyes from left to right, its nose, and more.

    The eyes of a large face follow its tilt by a part only: of 20 degrees they showed 4 and 16 in two recordings.
    """
    left_eye, right_eye, nose = row[4:10].reshape(3, 2).astype(float)
    across = right_eye - left_eye
    distance = max(1e-6, float(np.hypot(*across)))
    turn = abs(float((nose - (left_eye + right_eye) / 2) @ across)) / distance**2
    tilt_deg = math.degrees(math.atan2(across[1], across[0]))
    x, y, width, height = (float(number) / scale for number in row[:4])
    return Box(x, y, width, height, tilt_deg=tilt_deg, turn=turn)
