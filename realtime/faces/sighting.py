"""What a camera saw while an utterance was spoken."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST_WIDTH_PX: Final = 40.0
"""A smaller face shows too little: a network for expressions reads 48 x 48 pixels."""

LEAST_SHARPNESS: Final = 0.02
"""A less sharp face is a blur (`realtime.faces.picture.sharpness`)."""

LEAST_FRONTAL: Final = 0.2
"""A face that is turned further away shows half of its expression (`realtime.faces.pose.frontality`)."""

LEAST_SHARE: Final = 0.2
"""A face in view for less of the time says little about the utterance."""

LEAST_SPEAKING: Final = 0.25
"""From here on it is known that the face in a sighting is that of who speaks (`realtime.faces.speaking`)."""

_FULL_WIDTH_PX: Final = 96.0
_FULL_SHARPNESS: Final = 0.1


def view_quality(width_px: float, sharpness: float, frontal: float | None) -> float:
    """How good a view of a face is, 0 to 1.

    Its width as a share of 96 pixels, times its sharpness as a share of 0.1, times how far it looks this way; more than
    enough of one makes up for nothing of another.
    """
    size = min(1.0, width_px / _FULL_WIDTH_PX)
    return size * min(1.0, sharpness / _FULL_SHARPNESS) * (1.0 if frontal is None else frontal)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen of one face in a stretch of media time: the one that speaks, or the largest one.

    Attributes:
        pictures: How many pictures there were of the stretch.
        seen_s: For how long the face was in view, seconds; each picture stands until the next, for a second at most.
        seen_share: The same as a share of the stretch, 0 to 1.
        width_px: Median width of the face in pixels; None where none was seen.
        sharpness: Median sharpness (`realtime.faces.picture.sharpness`); None where none was seen.
        faces: The most faces that were in view at once.
        face: Id of the face; None where none was seen.
        obstacle: Why there is no good view of a face, in plain words; empty where there is.
        frontal: Median of how far it looks this way, 0 to 1 (`realtime.faces.pose`); None where that was not looked at.
        logits: (7,) float32 centred log-probabilities of `EKMAN_LABELS`: the mean over its pictures, weighted by how
            long each stands and how good a view it gives; None where its expression was not read.
        speaking: How surely this is the face of who speaks, by the motion of its mouth, 0 to 1.
    """

    pictures: int
    seen_s: float
    seen_share: float
    width_px: float | None
    sharpness: float | None
    faces: int
    face: int | None
    obstacle: str
    frontal: float | None = None
    logits: NDArray[np.float32] | None = None
    speaking: float = 0.0

    @property
    def seen(self) -> bool:
        """Whether there was a face at all."""
        return self.face is not None

    @property
    def speaker_known(self) -> bool:
        """Whether this is surely the face of who speaks."""
        return self.speaking >= LEAST_SPEAKING

    @property
    def quality(self) -> float:
        """How good the view of the face was, 0 to 1: the share of the time it was seen, times `view_quality`."""
        if self.width_px is None or self.sharpness is None:
            return 0.0
        return self.seen_share * view_quality(self.width_px, self.sharpness, self.frontal)


def nothing_seen(obstacle: str, pictures: int = 0) -> Sighting:
    """A stretch in which no face was seen, and why."""
    return Sighting(pictures, 0.0, 0.0, None, None, 0, None, obstacle)


def obstacle_of(width_px: float, sharpness: float, frontal: float | None, seen_s: float, length_s: float) -> str:
    """Why the view of a seen face is not good enough; empty where it is."""
    if seen_s < LEAST_SHARE * length_s:
        return f"a face was in view for only {seen_s:.1f} of {length_s:.1f} s"
    if width_px < LEAST_WIDTH_PX:
        return f"the face is too small: {width_px:.0f} pixels wide, {LEAST_WIDTH_PX:.0f} are needed"
    if sharpness < LEAST_SHARPNESS:
        return "the face is too blurred"
    if frontal is not None and frontal < LEAST_FRONTAL:
        return "the face is turned away"
    return ""
