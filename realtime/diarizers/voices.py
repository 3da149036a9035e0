"""The diarizer `voices`: several people on one channel, told apart by how they sound."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from model.errors import SettingsError
from model.voice.ge2e import weights_path
from realtime.events import Event, SpeechChunk, SpeechDiscarded, SpeechEnded, SpeechPaused, SpeechStarted, VoiceHeard
from realtime.model_thread import ModelThread
from realtime.protocols import People
from realtime.voices.encoder import VECTOR, VoiceEncoder
from realtime.voices.enrolment import read_enrolled
from realtime.voices.people import ClusteredPeople, VoiceSettings
from realtime.voices.windows import Stretch, Windows

_LOG = logging.getLogger(__name__)
_MOST_WAITING = 16  # stretches of a segment whose vectors are not there yet; more come only faster than wall-clock


class Settings(VoiceSettings):
    """How people are told apart."""


def create(settings: Settings, speakers: tuple[str, ...], thread: ModelThread) -> "VoiceDiarizer":  # noqa: ARG001 - a voice needs no name
    """The diarizer for these settings; nothing is loaded yet.

    Raises:
        PartMissingError: resemblyzer is not installed.
    """
    weights_path()
    return VoiceDiarizer(settings, thread)


@dataclass(slots=True)
class _Segment:
    """A running segment: its sound cut into stretches, and the vectors of those, which may still be on their way."""

    windows: Windows
    middles_s: list[float] = field(default_factory=list)
    vectors: list[asyncio.Future[NDArray[np.float32]]] = field(default_factory=list)


class VoiceDiarizer:
    """Turns the sound of every segment into vectors while it is spoken, so that at its end next to nothing is left.

    Args:
        settings: How people are told apart.
        thread: Where networks are called; a stretch takes it for some 10 ms, five times a second of speech.
    """

    def __init__(self, settings: Settings, thread: ModelThread) -> None:
        self._settings = settings
        self._thread = thread
        self._encoder: VoiceEncoder | None = None
        self._segments: dict[str, _Segment] = {}

    async def open(self) -> None:
        """Load the network and warm it up.

        Raises:
            UsageError: The network's weights, or the voice of somebody enrolled, cannot be read.
        """
        self._encoder = await self._thread.run(VoiceEncoder.load)
        await self._thread.run(read_enrolled, self._settings.enrolled_days)

    async def process(self, event: Event) -> Sequence[Event]:
        """The event; before the end of a segment, what its voice was like."""
        match event:
            case SpeechStarted(segment=segment, start_s=start_s):
                self._segments[segment] = _Segment(Windows(start_s))
            case SpeechChunk(segment=segment, samples=samples):
                await self._look_at(self._segments[segment], self._segments[segment].windows.push(samples))
            case SpeechPaused(segment=segment):
                await self._look_at(self._segments[segment], self._segments[segment].windows.rest())
            case SpeechDiscarded(segment=segment):
                for vector in self._segments.pop(segment).vectors:
                    vector.cancel()
            case SpeechEnded():
                return (await self._heard(event), event)
            case _:
                pass
        return (event,)

    def people(self) -> People:
        """The people of a new conversation: those enrolled by now, and whoever will be heard."""
        try:
            enrolled = read_enrolled(self._settings.enrolled_days)
        except SettingsError as error:
            _LOG.warning("nobody enrolled is recognised in this conversation: %s", error)
            enrolled = []
        return ClusteredPeople(self._settings, enrolled)

    async def _look_at(self, segment: _Segment, stretches: Iterable[Stretch]) -> None:
        if self._encoder is None:
            raise RuntimeError("process() before open()")
        for stretch in stretches:
            segment.middles_s.append(stretch.middle_s)
            segment.vectors.append(self._thread.start(self._encoder.vector, stretch.sound))
        if len(segment.vectors) >= _MOST_WAITING:
            await segment.vectors[-_MOST_WAITING]

    async def _heard(self, ended: SpeechEnded) -> VoiceHeard:
        segment = self._segments.pop(ended.segment)
        await self._look_at(segment, segment.windows.rest())
        vectors = [await vector for vector in segment.vectors]
        return VoiceHeard(
            ended.segment,
            ended.channel,
            ended.start_s,
            ended.end_s,
            np.array(segment.middles_s),
            np.stack(vectors) if vectors else np.zeros((0, VECTOR), np.float32),
        )
