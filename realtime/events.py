"""Everything that flows through the live pipeline, from a frame of sound to an understood utterance.

Media time (`*_s`) is seconds of the media clock: samples counted since the source opened, divided by the rate. Moments
(`*_at`) are seconds of the monotonic `Clock` and exist only to measure latency. A stage passes on every event that is
not its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.analysis import CauseResult, EmotionResult
from model.conversation import Utterance
from model.evidence import NO_EVIDENCE, Evidence
from model.modality import Modality
from model.voice import sound
from realtime.faces.sighting import Sighting

SAMPLE_RATE_HZ: Final = sound.SAMPLE_RATE_HZ
"""Every sound inside undertone has this rate; sources resample to it."""


class Event:
    """What one stage hands to the next."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class AudioFrame(Event):
    """A stretch of sound, without a hole to the frame before it.

    Attributes:
        start: Index of the first sample on the media clock.
        samples: (C channels, T samples) float32 in [-1, 1].
        arrived_at: Moment at which the last sample was captured (for a recording at wall-clock speed: was due).
    """

    start: int
    samples: NDArray[np.float32]
    arrived_at: float

    @property
    def start_s(self) -> float:
        """Media time of the first sample."""
        return self.start / SAMPLE_RATE_HZ

    @property
    def end_s(self) -> float:
        """Media time just after the last sample."""
        return (self.start + len(self.samples[0])) / SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class VideoFrame(Event):
    """A picture.

    Attributes:
        time_s: Media time at which it was taken.
        image: (H, W, 3) uint8, blue, green, red.
        arrived_at: Moment at which it was captured (for a recording: was due).
    """

    time_s: float
    image: NDArray[np.uint8]
    arrived_at: float


@dataclass(frozen=True, slots=True)
class VideoGap(Event):
    """There is no picture up to this media time, though the camera is there; what waits for pictures may go on."""

    until_s: float


@dataclass(frozen=True, slots=True)
class AudioGap(Event):
    """Sound that was lost before it reached us; the media clock goes on across it.

    Attributes:
        start: Index of the first lost sample on the media clock.
        length: How many samples are missing.
        reason: Why, in a few words.
    """

    start: int
    length: int
    reason: str


class Health(StrEnum):
    """How a part is doing."""

    ONLINE = "online"
    OFFLINE = "offline"
    DISABLED = "disabled"
    LAGGING = "lagging"


@dataclass(frozen=True, slots=True)
class PartHealth(Event):
    """A part came, went, or fell behind.

    `part` is microphone, webcam, segment, transcribe, face, analyse or publish.
    """

    part: str
    health: Health
    reason: str


@dataclass(frozen=True, slots=True)
class ListeningPaused(Event):
    """From here on nothing is heard, on purpose; and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class ListeningResumed(Event):
    """From here on everything is heard again; and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failure(Event):
    """One item that could not be processed; the stage went on without it."""

    stage: str
    code: str
    message: str
    segment: str | None = None


@dataclass(frozen=True, slots=True)
class SpeechStarted(Event):
    """Somebody began to speak on a channel. `start_s` already includes the look-behind."""

    segment: str
    channel: int
    start_s: float


@dataclass(frozen=True, slots=True)
class SpeechChunk(Event):
    """Sound of a running segment, in order and without holes; `samples` is (T,) float32."""

    segment: str
    channel: int
    start_s: float
    samples: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SpeechPaused(Event):
    """The soft endpoint: silence long enough that the recogniser should finish ahead, in case it stays silent."""

    segment: str
    channel: int
    end_s: float


@dataclass(frozen=True, slots=True)
class SpeechResumed(Event):
    """Speech went on after a soft endpoint: what was finished ahead is void."""

    segment: str
    channel: int


class EndReason(StrEnum):
    """Why a segment ended."""

    SILENCE = "silence"
    FORCED = "forced"
    END_OF_STREAM = "end_of_stream"


@dataclass(frozen=True, slots=True)
class SpeechEnded(Event):
    """The hard endpoint: the segment is complete.

    Attributes:
        segment: Id of the segment, unique within the run.
        channel: Channel it was heard on.
        start_s: Media time of its first sample, look-behind included.
        end_s: Media time of its last sample of speech.
        reason: Silence, forced cut at the longest length, or end of the stream.
        spoken_at: Moment at which its last sample of speech was captured.
        endpoint_at: Moment at which the endpoint was decided.
    """

    segment: str
    channel: int
    start_s: float
    end_s: float
    reason: EndReason
    spoken_at: float
    endpoint_at: float


@dataclass(frozen=True, slots=True)
class SpeechDiscarded(Event):
    """A started segment that turned out to be too short to be speech."""

    segment: str
    channel: int


@dataclass(frozen=True, slots=True)
class Quiet(Event):
    """Nobody has a segment open on any channel; sent about once a second of media time while that lasts."""

    until_s: float


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word with its media times and confidence in [0, 1]."""

    text: str
    start_s: float
    end_s: float
    confidence: float


@dataclass(frozen=True, slots=True)
class PartialText(Event):
    """The text of a running segment so far; replaced by the next one, and droppable."""

    segment: str
    channel: int
    start_s: float
    end_s: float
    text: str
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class Latency:
    """Where the time since the last sample of speech went; durations in seconds.

    Attributes:
        spoken_at: Moment at which the last sample of speech was captured.
        endpoint_s: From there to the decision that the utterance had ended.
        transcribe_s: Recognition left to do after that decision.
        encode_s: Words, voice and face to features.
        analyse_s: Features to emotions and links.
    """

    spoken_at: float
    endpoint_s: float = 0.0
    transcribe_s: float = 0.0
    encode_s: float = 0.0
    analyse_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Transcript(Event):
    """The final text of a segment.

    Attributes:
        segment: Id of the segment.
        channel: Channel it was heard on.
        start_s: Media time of its first sample of speech (of its first word where words have times).
        end_s: Media time of its last sample of speech.
        text: What was said; empty when nothing was recognised.
        words: The words with times; empty when the recogniser gives none.
        confidence: Mean word confidence in [0, 1].
        language: ISO 639-1 code.
        transcriber: Name of the recogniser.
        truncated: Whether the segment was cut by force.
        ahead: Whether the text was ready when the endpoint was decided.
        latency: Times so far.
    """

    segment: str
    channel: int
    start_s: float
    end_s: float
    text: str
    words: tuple[Word, ...]
    confidence: float
    language: str
    transcriber: str
    truncated: bool
    ahead: bool
    latency: Latency


@dataclass(frozen=True, slots=True)
class ConversationStarted(Event):
    """A conversation began with its first speech."""

    conversation: str
    at_s: float


@dataclass(frozen=True, slots=True)
class ConversationEnded(Event):
    """A conversation is over and everything about it has been said."""

    conversation: str
    at_s: float
    reason: str
    utterances: int
    lost: int


class SpeakerKind(StrEnum):
    """How we know who spoke."""

    CHANNEL = "channel"
    DIARIZED = "diarized"
    ENROLLED = "enrolled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who spoke, how we know, and how sure we are (0 to 1)."""

    id: str
    kind: SpeakerKind
    confidence: float


@dataclass(frozen=True, slots=True)
class VoiceHeard(Event):
    """What a segment's voice was like, from which it is told who spoke; comes before the segment's transcript.

    Attributes:
        segment: Id of the segment.
        channel: Channel it was heard on.
        start_s: Media time of its first sample, look-behind included.
        end_s: Media time of its last sample of speech.
        middles_s: (N,) float64 media times of the middles of the stretches that were looked at, growing; may be none.
        vectors: (N, D) float32 of length 1: the voice in each of them.
        overlap: Whether somebody was heard on another channel at the same time.
    """

    segment: str
    channel: int
    start_s: float
    end_s: float
    middles_s: NDArray[np.float64]
    vectors: NDArray[np.float32]
    overlap: bool = False


@dataclass(frozen=True, slots=True)
class SpeakerTurn:
    """A stretch of media time in which one speaker speaks."""

    speaker: Speaker
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Identified:
    """Who spoke a segment.

    Attributes:
        turns: One after the other, without a hole; at least one.
        merged: (kept, gone): ids of whom this segment showed to be one person.
    """

    turns: tuple[SpeakerTurn, ...]
    merged: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SpeakersMerged(Event):
    """Two speakers of a conversation turned out to be one person, who is called `kept` from now on.

    `withheld` says that this person has opted out: nothing is published about them, and what was is taken back as far
    as it is the present state.
    """

    conversation: str
    kept: str
    gone: str
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class SpeakerIdentified(Event):
    """Who spoke a segment; comes before the segment's transcript."""

    segment: str
    speaker: Speaker


@dataclass(frozen=True, slots=True)
class Heard(Event):
    """An utterance of a conversation: who said what and when.

    Attributes:
        conversation: Id of the conversation.
        utterance: What was said.
        speaker: Who spoke.
        transcript: What it was recognised from.
        sighting: What the camera saw meanwhile, where there is one.
        overlap: Whether somebody else was heard at the same time.
        evidence: What voice and face say of it, per modality that is looked at.
        withheld: Whether it is a gap that stands for what somebody said who opted out: it has no words, nothing reads
            its voice or face, and nothing about it is published.
    """

    conversation: str
    utterance: Utterance
    speaker: Speaker
    transcript: Transcript
    sighting: Sighting | None = None
    overlap: bool = False
    evidence: Mapping[Modality, Evidence] = field(default_factory=lambda: NO_EVIDENCE)
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Utterances(Event):
    """Heard utterances of one conversation that wait to be encoded together, in order."""

    items: tuple[Heard, ...]


@dataclass(frozen=True, slots=True)
class Encoded(Event):
    """A heard utterance and what the encoder made of it: `features` is (F,) float32."""

    heard: Heard
    features: NDArray[np.float32]
    latency: Latency


@dataclass(frozen=True, slots=True)
class Arrivals(Event):
    """Encoded utterances of one conversation that wait to be analysed together, in order."""

    items: tuple[Encoded, ...]


@dataclass(frozen=True, slots=True)
class Understood(Event):
    """What is new about one utterance: its emotion, its causes, or both.

    Attributes:
        heard: The utterance.
        emotion: New or changed emotion, if any.
        cause: New or changed list of causes, if any.
        causes: The utterances that `cause.links` point to, in the same order.
        window: First and last utterance that were candidates; None without `cause`.
        latency: Times so far; None when the result revises an utterance that was spoken earlier.
    """

    heard: Heard
    emotion: EmotionResult | None
    cause: CauseResult | None
    causes: tuple[Heard, ...] = ()
    window: tuple[Heard, Heard] | None = None
    latency: Latency | None = None
