"""The segmenter `silero`: silero-vad says how likely speech is, the endpointer what follows from it."""

from collections.abc import Iterator, Sequence
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, model_validator

from model.config import Config
from realtime.clock import Clock, SystemClock
from realtime.endpointing import Endpointing
from realtime.events import SAMPLE_RATE_HZ, AudioFrame, Event, Quiet
from realtime.speech_track import SpeechTrack
from realtime.voice_activity import WINDOW, SpeechProbability, VoiceActivity

_QUIET_EVERY = SAMPLE_RATE_HZ  # samples
_SEARCH_S = 3.0
_WARM_UP = 3  # calls after which a call takes as long as any later one


class Settings(Config):
    """When speech begins, pauses and ends."""

    endpoint_s: float = Field(
        default=0.5, ge=0.1, le=5.0, description="Silence after which an utterance has ended, seconds."
    )
    soft_endpoint_s: float = Field(
        default=0.2,
        ge=0.05,
        le=4.0,
        description="Silence after which the recogniser finishes ahead, seconds; below endpoint_s.",
    )
    shortest_s: float = Field(
        default=0.2, ge=0.0, le=5.0, description="Speech shorter than this, in seconds, is taken for a noise."
    )
    longest_s: float = Field(
        default=15.0,
        ge=4.0,
        le=60.0,
        description="Length at which an utterance is cut at its quietest point of the last 3 s, seconds.",
    )
    look_behind_s: float = Field(
        default=0.3, ge=0.0, le=2.0, description="Sound before the first speech that is recognised with it, seconds."
    )
    threshold: float = Field(
        default=0.5, ge=0.05, le=0.95, description="Probability from which sound begins to be speech."
    )
    stay_threshold: float = Field(
        default=0.35, ge=0.01, le=0.95, description="Probability below which speech pauses; at most threshold."
    )
    forget_after_s: float = Field(
        default=30.0,
        ge=1.0,
        le=3600.0,
        description="Silence after which the network's memory is cleared, seconds; it drifts in endless streams.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.soft_endpoint_s >= self.endpoint_s:
            raise ValueError(f"soft_endpoint_s {self.soft_endpoint_s} must be below endpoint_s {self.endpoint_s}")
        if self.stay_threshold > self.threshold:
            raise ValueError(f"stay_threshold {self.stay_threshold} must not be above threshold {self.threshold}")
        return self

    def endpointing(self) -> Endpointing:
        """The same rules in windows."""
        soft = _windows(self.soft_endpoint_s)
        return Endpointing(
            begin=self.threshold,
            stay=self.stay_threshold,
            soft=soft,
            hard=max(soft + 1, _windows(self.endpoint_s)),
            shortest=_windows(self.shortest_s),
            longest=_windows(self.longest_s),
            search=_windows(_SEARCH_S),
            look_behind=_windows(self.look_behind_s),
        )


def create(settings: Settings, clock: Clock | None = None) -> "SileroSegmenter":
    """The segmenter for these settings; nothing is loaded yet."""
    return SileroSegmenter(settings, clock or SystemClock())


def _windows(length_s: float) -> int:
    return max(1, round(length_s * SAMPLE_RATE_HZ / WINDOW))


class SileroSegmenter:
    """Finds speech in every channel by itself; what one channel overhears of another is not told apart.

    Frames of any length are cut into windows of 512 samples; one call of the network serves all channels. Per segment
    the events are SpeechStarted, SpeechChunk..., (SpeechPaused, SpeechResumed, SpeechChunk...)..., then SpeechEnded or
    SpeechDiscarded. Its chunks follow each other without a hole, look-behind first; while it pauses none are sent.

    Args:
        settings: When speech begins, pauses and ends.
        clock: For the moment at which an endpoint is decided.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._rules = settings.endpointing()
        self._forget_after = _windows(settings.forget_after_s)
        self._clock = clock
        self._probability: SpeechProbability | None = None
        self._tracks: list[SpeechTrack] = []
        self._rest = np.zeros((0, 0), np.float32)  # (C, < 512)
        self._segments = 0
        self._position = 0  # of the sample after the last whole window, on the media clock
        self._zero_at = 0.0
        self._flushed = True
        self._quiet: list[int] = []  # per channel, windows since the last segment or since memory was cleared
        self._quiet_since = 0

    def open(self, channels: int) -> None:
        """Load the network, warm it up, and begin with one memory per channel.

        Raises:
            PartMissingError: silero-vad is not installed.
        """
        network = VoiceActivity.load()
        self._rest = np.zeros((channels, 0), np.float32)
        self._probability = SpeechProbability(channels, network)
        for _ in range(_WARM_UP):
            self._probability(torch.zeros(channels, WINDOW))
        self._flushed = True

    def push(self, frame: AudioFrame) -> Sequence[Event]:
        """Speech events of a frame of any length.

        It must follow the frame before; only after `flush` it may start anywhere.
        """
        if self._flushed:
            self._start_afresh(frame.start)
        self._zero_at = frame.arrived_at - frame.end_s
        sound = np.concatenate((self._rest, frame.samples), axis=1)
        whole = sound.shape[1] // WINDOW * WINDOW
        self._rest = sound[:, whole:]
        windows = (sound[:, start : start + WINDOW] for start in range(0, whole, WINDOW))
        return [event for window in windows for event in self._hear(window)]

    def flush(self) -> Sequence[Event]:
        """End every running segment, with all the sound there is."""
        if self._flushed:
            return ()
        self._flushed = True
        tails = zip(self._tracks, self._rest, strict=True)
        return [event for track, rest in tails for event in track.flush(rest, self._zero_at)]

    def _start_afresh(self, start: int) -> None:
        channels = len(self._rest)
        self._flushed = False
        self._rest = np.zeros((channels, 0), np.float32)
        self._position = self._quiet_since = start
        self._tracks = [
            SpeechTrack(channel, self._rules, WINDOW, start, self._new_segment, self._clock)
            for channel in range(channels)
        ]
        self._quiet = [0] * channels
        for channel in range(channels):
            self._memory().forget(channel)

    def _hear(self, window: NDArray[np.float32]) -> Iterator[Event]:
        self._position += WINDOW
        probabilities = self._memory()(torch.from_numpy(window))
        for channel, (track, probability) in enumerate(zip(self._tracks, probabilities, strict=True)):
            was_open = track.is_open
            yield from track.hear(probability, window[channel], self._zero_at)
            self._forget_in_silence(channel, was_open=was_open, is_open=track.is_open)
        yield from self._still_quiet()

    def _forget_in_silence(self, channel: int, *, was_open: bool, is_open: bool) -> None:
        """Clear the network's memory at the end of a segment, and again and again while nobody speaks."""
        self._quiet[channel] = 0 if is_open else self._quiet[channel] + 1
        if (was_open and not is_open) or self._quiet[channel] >= self._forget_after:
            self._memory().forget(channel)
            self._quiet[channel] = 0

    def _still_quiet(self) -> Iterator[Event]:
        if any(track.is_open for track in self._tracks):
            self._quiet_since = self._position
        elif self._position - self._quiet_since >= _QUIET_EVERY:
            self._quiet_since += _QUIET_EVERY
            yield Quiet(self._position / SAMPLE_RATE_HZ)

    def _memory(self) -> SpeechProbability:
        if self._probability is None:
            raise RuntimeError("push() before open()")
        return self._probability

    def _new_segment(self) -> str:
        self._segments += 1
        return f"s{self._segments}"
