"""The seams of the live pipeline: what a part must be able to do to take another's place."""

from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from realtime.events import AudioFrame, Event, Identified, VoiceHeard
from realtime.faces.box import Box
from realtime.voice_reading import VoiceReading


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a source turned out to be once it was open.

    Attributes:
        name: For people: the file's or the device's name.
        channels: How many channels its frames have; 0 where it yields words.
        speakers: One id per channel where each channel is one person; else empty.
        duration_s: Length, where the source has one.
        words: Whether it yields `SpeakerIdentified` and `Transcript` events instead of sound.
        live: Whether it is there while it happens, so that a new start goes on from now and not from the beginning.
    """

    name: str
    channels: int
    speakers: tuple[str, ...] = ()
    duration_s: float | None = None
    words: bool = False
    live: bool = False


class Source(Protocol):
    """Where sound comes from. Yields `AudioFrame`, `AudioGap` and `PartHealth` events at 16 kHz."""

    async def open(self) -> SourceInfo:
        """Open the device or file. Raises SourceError with what to do."""

    def events(self) -> AsyncGenerator[Event, None]:
        """Frames until the source ends; a lost device is retried inside and reported as `PartHealth`."""

    async def close(self) -> None:
        """Let the device or file go. May be called twice, and at any moment."""


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """What a camera turned out to be once it was open: its name for people, and the size of its pictures in pixels."""

    name: str
    width: int
    height: int


class Camera(Protocol):
    """Where pictures come from. Yields `VideoFrame` and `PartHealth` events."""

    async def open(self) -> CameraInfo:
        """Open the device, address or file. Raises SourceError with what to do."""

    def events(self) -> AsyncGenerator[Event, None]:
        """Pictures until the camera ends; a lost one is tried again inside and reported as `PartHealth`."""

    async def close(self) -> None:
        """Let the camera go. May be called twice, and at any moment."""


class FaceDetector(Protocol):
    """Finds faces in a picture. Belongs to one thread."""

    def open(self) -> None:
        """Load and warm up. Raises UsageError with what to do."""

    def detect(self, image: NDArray[np.uint8]) -> Sequence[Box]:
        """The faces in a (H, W, 3) picture of blue, green and red."""


class FaceEncoder(Protocol):
    """Reads the expression of faces. Belongs to one thread."""

    def open(self) -> None:
        """Load and warm up. Raises UsageError with what to do."""

    def read(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(B, 7) centred log-probabilities of `EKMAN_LABELS` for (B, 48, 48) grey values of upright faces."""


class VoiceCourse(Protocol):
    """How a voice sounds while a segment is spoken. Belongs to one thread; its sound is forgotten with it."""

    def push(self, samples: NDArray[np.float32]) -> None:
        """The next (T,) samples of the segment, without a hole."""

    def between(self, start_s: float, end_s: float) -> VoiceReading:
        """What was heard between two media times of the segment; may be asked several times."""


class VoiceEncoder(Protocol):
    """Reads emotion from how something is said. Belongs to one thread."""

    def open(self) -> None:
        """Load and warm up. Raises UsageError with what to do."""

    def begin(self, start_s: float) -> VoiceCourse:
        """A new segment, whose first sample is at this media time."""


class Segmenter(Protocol):
    """Finds the stretches of speech in each channel."""

    def open(self, channels: int) -> None:
        """Load and warm up, with one state per channel."""

    def push(self, frame: AudioFrame) -> Sequence[Event]:
        """Speech events of this frame, in order."""

    def flush(self) -> Sequence[Event]:
        """End whatever is still open: the stream is over or broken; a next frame starts afresh."""


class Transcriber(Protocol):
    """Turns speech events into text, in a process of its own."""

    async def open(self) -> None:
        """Start the process and load the model."""

    async def process(self, event: Event) -> Sequence[Event]:
        """`PartialText` and `Transcript` for speech events; everything else is passed on."""

    async def close(self) -> None:
        """End the process. May be called twice, and at any moment."""


class People(Protocol):
    """The people of one conversation."""

    def on_channel(self, channel: int) -> str | None:
        """Who alone can be heard on a channel; None where the voice tells who it was."""

    def identify(self, heard: VoiceHeard) -> Identified:
        """Who spoke a segment in which words were recognised; the segments come in order."""

    def forget(self, speakers: Collection[str] | None) -> int:
        """Know some of them no more, or nobody: how many voices that were. No id is given again."""

    def save(self) -> bytes:
        """What is known of them, for `resume`; empty where there is nothing to know."""

    def resume(self, saved: bytes) -> None:
        """Go on from what `save` gave, in whichever process; from nobody, where that cannot be understood."""


class Diarizer(Protocol):
    """Finds out who spoke: from the voice while people speak, from all that was said before when they have spoken."""

    async def open(self) -> None:
        """Load and warm up."""

    async def process(self, event: Event) -> Sequence[Event]:
        """The event; before each `SpeechEnded`, a `VoiceHeard`."""

    def people(self) -> People:
        """The people of a new conversation, of whom none has been heard yet."""


class Publisher(Protocol):
    """Where results go."""

    async def open(self) -> None:
        """Connect and say that we are here. Raises BrokerError if that is refused."""

    async def publish(self, *events: Event) -> None:
        """Say events to the outside in one piece; events that are nobody's business outside are ignored."""

    async def close(self) -> None:
        """Say that we stop, after everything before was said."""
