"""What was seen in the last ten minutes, on the media clock."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import takewhile
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray

from realtime.faces.sighting import LEAST_SPEAKING, Sighting, nothing_seen, obstacle_of, view_quality
from realtime.faces.speaking import RESTING_S, MouthMotions, SpeakingFace, speaking_face

NOBODY: Final = "nobody in view"
COVERED: Final = "the camera sees nothing: it is covered, or the room is dark"
AWAY: Final = "the camera is away"
NO_PICTURE: Final = "there is no picture of this stretch"

_KEEP_S: Final = 600.0
_STANDS_S: Final = 1.0  # a picture stands for what comes after it, until the next one and no longer than this


@dataclass(frozen=True, slots=True)
class FaceView:
    """A face in one picture.

    Attributes:
        face: Its id.
        width_px: Its width in pixels.
        sharpness: `realtime.faces.picture.sharpness`.
        confirmed: Whether it is surely a face by now.
        logits: (7,) float32 centred log-probabilities of `EKMAN_LABELS`; None where its expression was not read.
        frontal: How far it looks this way, 0 to 1 (`realtime.faces.pose`); None where that was not looked at.
        mouth: How much its mouth moved since the picture before (`realtime.faces.mouth`); None where it was not there.
    """

    face: int
    width_px: float
    sharpness: float
    confirmed: bool
    logits: NDArray[np.float32] | None = None
    frontal: float | None = None
    mouth: float | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """What one picture showed.

    Attributes:
        time_s: Media time at which it was taken.
        faces: The faces in it.
        covered: Whether the camera saw nothing at all.
    """

    time_s: float
    faces: tuple[FaceView, ...]
    covered: bool = False


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A picture and for how long it stands within what is asked for."""

    seconds: float
    faces: tuple[FaceView, ...]
    covered: bool


class FaceTimeline:
    """Observations of the last ten minutes, and how far they have come.

    A face counts in all its pictures as soon as it was confirmed in one of them. Belongs to the event loop.
    """

    def __init__(self) -> None:
        self._observations: deque[Observation] = deque()
        self._confirmed: dict[int, float] = {}
        self._away: deque[tuple[float, float]] = deque(maxlen=1000)
        self._lost = False
        self._newest_s = 0.0
        self._ended = False
        self._moved = asyncio.Event()

    def add(self, observation: Observation) -> None:
        """Take in what the next picture showed; the camera is there."""
        if self._lost:
            self._away.append((self._newest_s, observation.time_s))
            self._lost = False
        self._newest_s = observation.time_s
        self._observations.append(observation)
        self._confirmed |= {view.face: self._newest_s for view in observation.faces if view.confirmed}
        oldest_s = self._newest_s - _KEEP_S
        while self._observations[0].time_s < oldest_s:
            self._observations.popleft()
            self._confirmed = {face: last_s for face, last_s in self._confirmed.items() if last_s >= oldest_s}
        self._notify()

    def skip(self, until_s: float) -> None:
        """There is no picture up to a media time."""
        self._newest_s = max(self._newest_s, until_s)
        self._notify()

    def lose(self) -> None:
        """The camera is away, until the next picture."""
        self._lost = True

    def forget(self) -> int:
        """Know nothing any more of what was seen so far; how many pictures that were."""
        pictures = len(self._observations)
        self._observations.clear()
        self._confirmed.clear()
        return pictures

    def end(self) -> None:
        """There will be no more pictures: nobody waits for them any longer."""
        self._ended = True
        self._notify()

    async def reached(self, time_s: float) -> None:
        """Return once the pictures up to a media time were looked at, or there are no more."""
        while self._newest_s < time_s and not self._ended:
            await self._moved.wait()

    def sighting(self, start_s: float, end_s: float) -> Sighting:
        """What was seen between two media times."""
        stretches = self._between(start_s, end_s)
        if not stretches:
            return nothing_seen(AWAY if self._was_away(start_s, end_s) else NO_PICTURE)
        seen = [stretch for stretch in stretches if stretch.faces]
        if not seen:
            blind_s = sum(stretch.seconds for stretch in stretches if stretch.covered)
            covered = 2 * blind_s > sum(stretch.seconds for stretch in stretches)
            return nothing_seen(COVERED if covered else NOBODY, len(stretches))
        speaking = speaking_face(
            self._motions({view.face for stretch in seen for view in stretch.faces}, start_s, end_s)
        )
        return _summary(len(stretches), seen, speaking, end_s - start_s)

    def _motions(self, faces: Collection[int], start_s: float, end_s: float) -> list[MouthMotions]:
        """How the mouths of these faces moved while an utterance was spoken, and in the time up to its end."""
        during: dict[int, list[float]] = {face: [] for face in faces}
        around: dict[int, list[float]] = {face: [] for face in faces}
        since_s = min(start_s, end_s - RESTING_S)
        for observation in takewhile(lambda seen: seen.time_s > since_s, reversed(self._observations)):
            if observation.time_s >= end_s:
                continue
            for view in observation.faces:
                if view.face in around and view.mouth is not None:
                    around[view.face].append(view.mouth)
                    if observation.time_s >= start_s:
                        during[view.face].append(view.mouth)
        return [MouthMotions(face, during[face], around[face]) for face in faces]

    def _between(self, start_s: float, end_s: float) -> list[_Stretch]:
        stretches: list[_Stretch] = []
        until_s = end_s
        near = takewhile(lambda seen: seen.time_s > start_s - _STANDS_S, reversed(self._observations))
        for observation in near:
            if observation.time_s >= end_s:
                continue
            stands_until_s = min(until_s, observation.time_s + _STANDS_S)
            seconds = stands_until_s - max(start_s, observation.time_s)
            if seconds > 0:
                faces = tuple(view for view in observation.faces if view.face in self._confirmed)
                stretches.append(_Stretch(seconds, faces, observation.covered))
            until_s = observation.time_s
        return stretches

    def _was_away(self, start_s: float, end_s: float) -> bool:
        spells = [*self._away, (self._newest_s, float("inf"))] if self._lost else self._away
        return any(since_s < end_s and start_s < until_s for since_s, until_s in spells)

    def _notify(self) -> None:
        """Wake all who wait, each once."""
        self._moved.set()
        self._moved = asyncio.Event()


def _summary(pictures: int, seen: Sequence[_Stretch], speaking: SpeakingFace, length_s: float) -> Sighting:
    told = speaking.face is not None and speaking.surely >= LEAST_SPEAKING
    face = speaking.face if told else _largest(seen)
    shown = [(view, stretch.seconds) for stretch in seen for view in stretch.faces if view.face == face]
    seen_s = sum(seconds for _, seconds in shown)
    width_px = median(view.width_px for view, _ in shown)
    sharpness = median(view.sharpness for view, _ in shown)
    looks = [view.frontal for view, _ in shown if view.frontal is not None]
    frontal = median(looks) if looks else None
    return Sighting(
        pictures=pictures,
        seen_s=seen_s,
        seen_share=min(1.0, seen_s / length_s),
        width_px=width_px,
        sharpness=sharpness,
        faces=max(len(stretch.faces) for stretch in seen),
        face=face,
        obstacle=obstacle_of(width_px, sharpness, frontal, seen_s, length_s),
        frontal=frontal,
        logits=_pooled(shown),
        speaking=speaking.surely if face == speaking.face else 0.0,
    )


def _largest(seen: Sequence[_Stretch]) -> int:
    """The face that was the largest one for longest."""
    shown_s: defaultdict[int, float] = defaultdict(float)
    for stretch in seen:
        shown_s[max(stretch.faces, key=lambda view: view.width_px).face] += stretch.seconds
    return max(shown_s, key=lambda face: shown_s[face])


def _pooled(shown: Sequence[tuple[FaceView, float]]) -> NDArray[np.float32] | None:
    """The mean of what a face expresses, each picture by the seconds it stands and the quality of its view."""
    read = [
        (view.logits, seconds * view_quality(view.width_px, view.sharpness, view.frontal))
        for view, seconds in shown
        if view.logits is not None
    ]
    weights = [weight for _, weight in read]
    if not sum(weights) > 0:
        return None
    pooled: NDArray[np.float32] = np.average([logits for logits, _ in read], axis=0, weights=weights).astype(np.float32)
    return pooled
