"""What a camera saw while an utterance was spoken."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST_WIDTH_PX: Final = 40.0
"""A smaller face shows too little: a network for expressions reads 48 x 48 pixels."""

LEAST_SHARPNESS: Final = 0.02
"""A less sharp face is a blur (`realtime.faces.picture.sharpness`)."""

LEAST_SHARE: Final = 0.2
"""A face in view for less of the time says little about the utterance."""

_FULL_WIDTH_PX: Final = 96.0
_FULL_SHARPNESS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen in a stretch of media time: of the largest face in each picture, whoever it belongs to.

    Attributes:
        pictures: How many pictures there were of it.
        seen_s: For how long a face was in view, seconds; each picture stands until the next, for a second at most.
        seen_share: The same as a share of the stretch, 0 to 1.
        width_px: Median width of the face in pixels; None where none was seen.
        sharpness: Median sharpness (`realtime.faces.picture.sharpness`); None where none was seen.
        faces: The most faces that were in view at once.
        face: Id of the face that was the largest one for longest; None where none was seen.
        obstacle: Why there is no good view of a face, in plain words; empty where there is.
        logits: (7,) float32 centred log-probabilities of `EKMAN_LABELS` that `face` shows; None where none was read.
    """

    pictures: int
    seen_s: float
    seen_share: float
    width_px: float | None
    sharpness: float | None
    faces: int
    face: int | None
    obstacle: str
    logits: NDArray[np.float32] | None = None

    @property
    def seen(self) -> bool:
        """Whether there was a face at all."""
        return self.face is not None

    @property
    def quality(self) -> float:
        """How good the view of a face was, 0 to 1.

        The share of the time it was seen, times its width as a share of 96 pixels, times its sharpness as a share of
        0.1; more than enough of one makes up for nothing of another.
        """
        if self.width_px is None or self.sharpness is None:
            return 0.0
        size = min(1.0, self.width_px / _FULL_WIDTH_PX)
        return self.seen_share * size * min(1.0, self.sharpness / _FULL_SHARPNESS)


def nothing_seen(obstacle: str, pictures: int = 0) -> Sighting:
    """A stretch in which no face was seen, and why."""
    return Sighting(pictures, 0.0, 0.0, None, None, 0, None, obstacle)


def obstacle_of(width_px: float, sharpness: float, seen_s: float, length_s: float) -> str:
    """Why the view of a seen face is not good enough; empty where it is."""
    if seen_s < LEAST_SHARE * length_s:
        return f"a face was in view for only {seen_s:.1f} of {length_s:.1f} s"
    if width_px < LEAST_WIDTH_PX:
        return f"the face is too small: {width_px:.0f} pixels wide, {LEAST_WIDTH_PX:.0f} are needed"
    if sharpness < LEAST_SHARPNESS:
        return "the face is too blurred"
    return ""
