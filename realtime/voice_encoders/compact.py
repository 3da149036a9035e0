"""The voice encoder `compact`: the small network that comes with undertone, computed while people speak."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from model.config import Config
from model.voice.blocks import loud_frames
from model.voice.course import Course
from model.voice.encoder import SHIPPED, CompactVoice
from model.voice.sound import SAMPLE_RATE_HZ
from realtime.voice_reading import VoiceReading

_FRAMES_PER_S: Final = 100
_QUIETEST: Final = 10.0  # percentile of the levels that counts as the room's own
_WARM_UP_S: Final = 1


class Settings(Config):
    """Which network it is."""

    checkpoint: Path | None = Field(
        default=None, description="Folder with the network's weights; null takes the shipped ones."
    )


def create(settings: Settings) -> "CompactVoiceEncoder":
    """The encoder for these settings; nothing is loaded yet."""
    return CompactVoiceEncoder(settings)


class CompactVoiceEncoder:
    """Hears every segment while it is spoken; at its end one small product of matrices is left to do.

    Args:
        settings: Which network it is.
    """

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.checkpoint or SHIPPED
        self._voice: CompactVoice | None = None

    def open(self) -> None:
        """Load the network and hear a second of silence, so that everything is compiled.

        Raises:
            CheckpointError: The weights are missing, damaged or something else.
            PartMissingError: resemblyzer, whose weights it reads, is not installed.
        """
        self._voice = CompactVoice.load(self._folder)
        course = self.begin(0.0)
        course.push(np.zeros(_WARM_UP_S * SAMPLE_RATE_HZ, np.float32))
        course.between(0.0, _WARM_UP_S)

    def begin(self, start_s: float) -> "CompactCourse":
        """A new segment, whose first sample is at this media time."""
        if self._voice is None:
            raise RuntimeError("begin() before open()")
        return CompactCourse(self._voice, start_s)


class CompactCourse:
    """How a voice sounds while a segment is spoken.

    Args:
        voice: Says what is expressed.
        start_s: Media time of the segment's first sample.
    """

    def __init__(self, voice: CompactVoice, start_s: float) -> None:
        self._voice = voice
        self._course: Course = voice.begin()
        self._start_s = start_s

    def push(self, samples: NDArray[np.float32]) -> None:
        """The next (T,) samples of the segment, without a hole."""
        self._course.push(samples)

    def between(self, start_s: float, end_s: float) -> VoiceReading:
        """What was heard between two media times of the segment."""
        blocks = self._course.between(start_s - self._start_s, end_s - self._start_s)
        loud, voiced, level_db = loud_frames(blocks)
        levels = np.concatenate([block.levels_db for block in blocks]) if blocks else np.zeros(0, np.float32)
        samples = sum(block.samples for block in blocks)
        return VoiceReading(
            logits=self._voice.express(blocks),
            spoken_s=loud / _FRAMES_PER_S,
            voiced_share=voiced / loud if loud else 0.0,
            level_db=level_db,
            snr_db=max(0.0, level_db - float(np.percentile(levels, _QUIETEST))) if levels.size else 0.0,
            clipped_share=sum(block.clipped for block in blocks) / samples if samples else 0.0,
        )
