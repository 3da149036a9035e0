"""Following faces from picture to picture, with a detector that looks only now and then."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2

from realtime.faces.box import Box
from realtime.faces.picture import Picture, grey_cut
from realtime.protocols import FaceDetector

CONFIRMATIONS: Final = 3
"""A face counts once the detector found it in so many of its looks in a row."""

_DETECT_EVERY: Final = 5  # pictures
_MISSES: Final = 3  # looks in a row without it, after which a confirmed face is gone
_SAME: Final = 0.3  # overlap of a found and a followed face
_NEAR: Final = 0.75  # how far from where it was expected it is still the same face, in widths of the face
_RETURN_S: Final = 5.0
_SEARCHED_S: Final = 1.0  # how long a lost face is looked for in every picture
_BREAK_S: Final = 1.5  # after a longer pause nothing can be followed
_TEMPLATE: Final = 24  # pixels: side of the pattern that is followed
_SEARCH: Final = 0.5  # how far it may have moved, in widths of the face
_ALIKE: Final = 0.6  # normalised correlation from which it is the same face


@dataclass(frozen=True, slots=True)
class TrackedFace:
    """A face in one picture.

    Attributes:
        id: Stays with the face while it is followed, and when it returns to its place within 5 s; from 1.
        box: Where it is.
        confirmed: Whether the detector found it often enough; before that it may be anything.
    """

    id: int
    box: Box
    confirmed: bool


@dataclass(slots=True, eq=False)
class _Track:
    """A face that is being followed: where it was last, and how it looked when it was last detected."""

    id: int
    box: Box
    template: Picture
    seen_s: float
    found: int = 1
    missed: int = 0
    confirmed: bool = False

    def find_again(self, image: Picture, time_s: float) -> bool:
        """Move to where the face is now; whether it is still there."""
        side = round(_TEMPLATE * (1 + 2 * _SEARCH))
        area = grey_cut(image, self.box.grown(_SEARCH), (side, side))
        alike = cv2.matchTemplate(area, self.template, cv2.TM_CCOEFF_NORMED)
        _, best, _, (column, row) = cv2.minMaxLoc(alike)
        if not best >= _ALIKE:  # a flat area gives no number at all
            return False
        middle = (side - _TEMPLATE) / 2
        self.box = self.box.moved(
            (column - middle) / _TEMPLATE * self.box.width, (row - middle) / _TEMPLATE * self.box.height
        )
        self.seen_s = time_s
        height, width = image.shape[:2]
        across, down = self.box.middle
        return bool(0 <= across < width and 0 <= down < height)

    def found_at(self, box: Box, image: Picture, time_s: float) -> None:
        """The detector found it here."""
        self.box, self.template, self.seen_s = box, _pattern(image, box), time_s
        self.found += 1
        self.missed = 0
        self.confirmed |= self.found >= CONFIRMATIONS


class FaceTracker:
    """Gives every face in a stream of pictures an id, and its place in each picture.

    The detector looks at every fifth picture, and besides at every one while a new face waits to be confirmed or a
    followed one was lost within the last second; between its looks the pattern of each face is searched where it last
    was. Every method but the constructor belongs to one thread.

    Args:
        detector: Finds faces in a picture.
    """

    def __init__(self, detector: FaceDetector) -> None:
        self._detector = detector
        self._tracks: list[_Track] = []
        self._gone: list[_Track] = []
        self._known = 0
        self._until_detection = 0
        self._last_s = float("-inf")

    def open(self) -> None:
        """Load the detector. Raises UsageError as it does."""
        cv2.setNumThreads(1)  # the cores are shared with a recogniser that must not wait for pictures
        self._detector.open()

    def follow(self, image: Picture, time_s: float) -> tuple[TrackedFace, ...]:
        """The faces in the next picture, taken at media time `time_s`."""
        followed = [] if time_s - self._last_s > _BREAK_S else self._tracks
        still = [track for track in followed if track.find_again(image, time_s)]
        self._leave([track for track in self._tracks if track not in still])
        self._tracks, self._last_s = still, time_s
        self._until_detection -= 1
        if self._until_detection < 0 or self._searches(time_s):
            self._until_detection = _DETECT_EVERY - 1
            self._detect(image, time_s)
        return tuple(TrackedFace(track.id, track.box, track.confirmed) for track in self._tracks)

    def _searches(self, time_s: float) -> bool:
        """Whether a new face waits to be confirmed, or one was lost just now."""
        lost = any(time_s - track.seen_s <= _SEARCHED_S for track in self._gone)
        return lost or not all(track.confirmed for track in self._tracks)

    def _detect(self, image: Picture, time_s: float) -> None:
        """Look at the whole picture: faces are found where they were expected, elsewhere, anew, or no more."""
        found = list(self._detector.detect(image))
        missing: list[_Track] = []
        for track in sorted(self._tracks, key=lambda track: not track.confirmed):
            box = max(found, key=track.box.overlap, default=None)
            if box is None or track.box.overlap(box) < _SAME:
                missing.append(track)
            else:
                found.remove(box)
                track.found_at(box, image, time_s)
        self._gone = [track for track in self._gone if time_s - track.seen_s <= _RETURN_S]
        for box in found:
            self._place(box, missing, image, time_s)
        for track in missing:
            track.missed += 1
            track.found = 0
        given_up = [track for track in missing if track.missed >= (_MISSES if track.confirmed else 1)]
        self._tracks = [track for track in self._tracks if track not in given_up]
        self._leave(given_up)

    def _place(self, box: Box, missing: list[_Track], image: Picture, time_s: float) -> None:
        """A face where none was expected: one that is missing near there, one that has returned, or a new one."""
        for absent in (missing, self._gone):
            for track in absent:
                if track.box.distance(box) <= _NEAR * max(track.box.width, box.width):
                    absent.remove(track)
                    track.found_at(box, image, time_s)
                    if track not in self._tracks:
                        self._tracks.append(track)
                    return
        self._known += 1
        self._tracks.append(_Track(self._known, box, _pattern(image, box), time_s))

    def _leave(self, tracks: Sequence[_Track]) -> None:
        """Remember confirmed faces for a while, in case they return."""
        self._gone += [track for track in tracks if track.confirmed]


def _pattern(image: Picture, box: Box) -> Picture:
    return grey_cut(image, box, (_TEMPLATE, _TEMPLATE))
