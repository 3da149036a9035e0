"""Which of several faces speaks, by the motion of their mouths."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, quantiles
from typing import Final

RESTING_S: Final = 20.0
"""How far back before the end of an utterance it is looked at how much a mouth moves while it rests."""

_LEAST_MOTIONS: Final = 4  # of an utterance, below which nothing can be said
_STILL: Final = 0.1  # motion below which a mouth rests
_AT_REST: Final = 1.5  # liveliness of a mouth that does not speak, at most


@dataclass(frozen=True, slots=True)
class SpeakingFace:
    """Who speaks: the id of the face, None where that cannot be told, and how surely, 0 to 1."""

    face: int | None
    surely: float


@dataclass(frozen=True, slots=True)
class MouthMotions:
    """How much the mouth of a face moved from picture to picture (`realtime.faces.mouth`).

    Attributes:
        face: Its id.
        during: While the utterance was spoken.
        around: In the last 20 s up to the utterance's end, the utterance included.
    """

    face: int
    during: Sequence[float]
    around: Sequence[float]

    @property
    def liveliness(self) -> float:
        """Mean motion during the utterance over that of the same mouth at rest: the lower quartile of what is around.

        Against its own rest, because a small or blurred face, and one with moving shadows, seems to move all the time.
        """
        resting = quantiles(self.around, n=4)[0] if len(self.around) > 1 else 0.0
        return fmean(self.during) / max(resting, _STILL)


def speaking_face(motions: Sequence[MouthMotions]) -> SpeakingFace:
    """Who speaks, of the faces in view.

    The face whose mouth is livelier than that of every other one, and than one at rest; it is the surer, the smaller
    the liveliness of the next one is beside its own. Where one face has too few pictures nothing can be told: it may be
    the one.
    """
    if not motions or any(len(each.during) < _LEAST_MOTIONS for each in motions):
        return SpeakingFace(None, 0.0)
    ranked = sorted(motions, key=lambda each: -each.liveliness)
    most = ranked[0].liveliness
    next_most = max([_AT_REST, *(each.liveliness for each in ranked[1:])])
    if most <= next_most:
        return SpeakingFace(None, 0.0)
    return SpeakingFace(ranked[0].face, 1.0 - next_most / most)
