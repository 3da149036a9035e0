"""Pictures in, and out what each shows of faces: where they are, how well they are seen, what they express."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from realtime.faces.crop import Crop, face_crop
from realtime.faces.mouth import mouth_motion
from realtime.faces.picture import Picture, is_covered, sharpness
from realtime.faces.pose import frontality
from realtime.faces.timeline import FaceView, Observation
from realtime.faces.tracker import FaceTracker, TrackedFace
from realtime.protocols import FaceEncoder

MOST_READ: Final = 4
"""Of a picture, the expressions of so many faces are read: the largest ones. It bounds what a crowd costs."""


class FaceReader:
    """Follows faces and reads their expressions. Every method but the constructor belongs to one thread.

    Args:
        tracker: Finds and follows faces.
        encoder: Reads expressions; None where nobody asks for them.
    """

    def __init__(self, tracker: FaceTracker, encoder: FaceEncoder | None = None) -> None:
        self._tracker = tracker
        self._encoder = encoder
        self._before: dict[int, Crop] = {}

    def open(self) -> None:
        """Load the detector and the encoder. Raises UsageError as they do."""
        self._tracker.open()
        if self._encoder is not None:
            self._encoder.open()

    def observe(self, image: Picture, time_s: float) -> Observation:
        """What the next picture shows, taken at media time `time_s`."""
        faces = sorted(self._tracker.follow(image, time_s), key=lambda face: -face.box.width)
        covered = is_covered(image)
        if self._encoder is None:
            return Observation(time_s, tuple(_view(image, face) for face in faces), covered)
        read, others = faces[:MOST_READ], faces[MOST_READ:]
        views = [*self._read(image, read, self._encoder), *(_view(image, face) for face in others)]
        return Observation(time_s, tuple(views), covered)

    def _read(self, image: Picture, faces: Sequence[TrackedFace], encoder: FaceEncoder) -> list[FaceView]:
        crops = {face.id: face_crop(image, face.box) for face in faces}
        before, self._before = self._before, crops
        if not crops:
            return []
        expressions = encoder.read(np.stack(list(crops.values())))
        return [
            _view(image, face, logits, frontality(crop, face.box.turn), _motion(before.get(face.id), crop))
            for face, crop, logits in zip(faces, crops.values(), expressions, strict=True)
        ]


def _view(
    image: Picture,
    face: TrackedFace,
    logits: NDArray[np.float32] | None = None,
    frontal: float | None = None,
    mouth: float | None = None,
) -> FaceView:
    return FaceView(
        face=face.id,
        width_px=face.box.width,
        sharpness=sharpness(image, face.box),
        confirmed=face.confirmed,
        logits=logits,
        frontal=frontal,
        mouth=mouth,
    )


def _motion(before: Crop | None, now: Crop) -> float | None:
    return None if before is None else mouth_motion(before, now)
