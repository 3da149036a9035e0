"""What a voice and a face say of an utterance: read, judged, and without what the person is like at rest."""

import logging
from collections.abc import Collection
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from model.baseline import PersonBaseline
from model.conversation import UNKNOWN_SPEAKER
from model.errors import SkippableError
from model.evidence import Evidence
from realtime.events import Heard
from realtime.faces.sighting import Sighting
from realtime.voice_courses import VoiceCourses
from realtime.voice_gates import VoiceGates

OVERLAP: Final = "two people at once"
NO_SOUND: Final = "no sound of this utterance was heard"
NO_PICTURES: Final = "there are no pictures"
SWITCHED_OFF: Final = "switched off"
UNREAD_FACE: Final = "the face could not be read"

_LOG = logging.getLogger(__name__)


class Sense(Protocol):
    """One modality's evidence of the utterances of one conversation at a time."""

    async def evidence(self, heard: Heard) -> Evidence:
        """What it says of the next utterance."""

    def merge(self, kept: str, gone: str) -> None:
        """Two speakers are one."""

    def forget(self, speakers: Collection[str] | None) -> int:
        """Know nothing of speakers any more, or of anybody: of how many something was known."""

    def clear(self, before_s: float) -> None:
        """A conversation begins or ends at a media time: nobody is known any more, nor what was heard before."""


class VoiceSense:
    """How an utterance was said.

    Args:
        courses: What was heard of running segments.
        gates: When that is good enough.
        baseline: What each speaker is like at rest.
    """

    def __init__(self, courses: VoiceCourses, gates: VoiceGates, baseline: PersonBaseline) -> None:
        self._courses = courses
        self._gates = gates
        self._baseline = baseline

    async def evidence(self, heard: Heard) -> Evidence:
        """The voice between the utterance's first and last word; of a segment that two people share, their part."""
        transcript = heard.transcript
        try:
            reading = await self._courses.reading(transcript.segment, transcript.start_s, transcript.end_s)
        except SkippableError as error:
            _LOG.warning("the voice of %s could not be read: %s", transcript.segment, error)
            return Evidence(None, None, f"the voice could not be read: {error}")
        if reading is None:
            return Evidence(None, None, NO_SOUND)
        quality = self._gates.quality(reading)
        if obstacle := self._gates.obstacle(reading) or (OVERLAP if heard.overlap else ""):
            return Evidence(None, quality, obstacle)
        features = self._rest(heard.speaker.id, reading.logits, reading.spoken_s)
        return Evidence(features, quality, "")

    def merge(self, kept: str, gone: str) -> None:
        """Two speakers are one: so is what they are like at rest."""
        self._baseline.merge(kept, gone)

    def forget(self, speakers: Collection[str] | None) -> int:
        """How speakers sound at rest is known no more; nor how anybody sounded lately, since that may be theirs."""
        self._courses.forget_ended()
        return _forgotten(self._baseline, speakers)

    def clear(self, before_s: float) -> None:
        """Nobody is known any more, nor what was heard before."""
        self._baseline.clear()
        self._courses.forget_before(before_s)

    def _rest(self, speaker: str, logits: NDArray[np.float32], spoken_s: float) -> NDArray[np.float32]:
        if speaker == UNKNOWN_SPEAKER:
            return logits
        return self._baseline.subtract(speaker, logits, spoken_s)


class FaceSense:
    """How the face looked while an utterance was spoken.

    Args:
        baseline: What each face is like at rest.
    """

    def __init__(self, baseline: PersonBaseline) -> None:
        self._baseline = baseline

    async def evidence(self, heard: Heard) -> Evidence:
        """What the sighting of the utterance says."""
        sighting = heard.sighting
        if sighting is None:
            return Evidence(None, None, NO_PICTURES)
        obstacle = sighting.obstacle or _whose(sighting)
        if obstacle or sighting.face is None:
            return Evidence(None, sighting.quality, obstacle)
        if sighting.logits is None or not np.isfinite(sighting.logits).all():
            return Evidence(None, sighting.quality, UNREAD_FACE)
        features = self._baseline.subtract(sighting.face, sighting.logits, sighting.seen_s)
        return Evidence(features, sighting.quality, "")

    def merge(self, kept: str, gone: str) -> None:
        """Faces are told apart by where they are, not by who speaks."""

    def forget(self, speakers: Collection[str] | None) -> int:  # noqa: ARG002 - whose face is whose is not known
        """No face is known any more, since any may be theirs."""
        return _forgotten(self._baseline, None)

    def clear(self, before_s: float) -> None:  # noqa: ARG002 - pictures are remembered by the timeline
        """No face is known any more."""
        self._baseline.clear()


def _forgotten(baseline: PersonBaseline, people: Collection[str] | None) -> int:
    """Forget people, or everybody; how many were known."""
    before = len(baseline)
    if people is None:
        baseline.clear()
    for person in people or ():
        baseline.forget(person)
    return before - len(baseline)


def _whose(sighting: Sighting) -> str:
    """Why a face may be that of somebody who only listens; empty where one is alone in view, or surely speaks."""
    if sighting.faces <= 1 or sighting.speaker_known:
        return ""
    return f"{sighting.faces} faces in view, and it is not known which of them speaks"
