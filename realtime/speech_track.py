"""One channel's way from windows of sound to speech events: keeps the sound that may still be needed."""

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from realtime.clock import Clock
from realtime.endpointing import Endpointer, Endpointing, Mark, MarkKind
from realtime.events import (
    SAMPLE_RATE_HZ,
    EndReason,
    Event,
    SpeechChunk,
    SpeechDiscarded,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
)

_SILENCE_RMS = 1e-7


class SpeechTrack:
    """Turns the endpointer's decisions about one channel into events with sound, media times and moments.

    Args:
        channel: The channel's number.
        rules: When speech begins, pauses and ends.
        window: Samples per window.
        start: The first window's first sample on the media clock.
        new_segment: Makes segment ids.
        clock: For the moment at which an endpoint is decided.
    """

    def __init__(
        self,
        channel: int,
        rules: Endpointing,
        window: int,
        start: int,
        new_segment: Callable[[], str],
        clock: Clock,
    ) -> None:
        self._channel = channel
        self._endpointer = Endpointer(rules)
        self._window = window
        self._start = start
        self._new_segment = new_segment
        self._clock = clock
        self._sound: deque[NDArray[np.float32]] = deque()
        self._oldest = 0  # number of the first window in `_sound`
        self._sent = 0  # windows of sound that went out
        self._segment = ""
        self._segment_start_s = 0.0

    @property
    def is_open(self) -> bool:
        """Whether a segment is running."""
        return self._endpointer.is_open

    def hear(self, probability: float, sound: NDArray[np.float32], zero_at: float) -> Sequence[Event]:
        """Events of the next window.

        Args:
            probability: That somebody speaks in it.
            sound: Its samples, (W,).
            zero_at: The moment at which media time was zero, as far as capture tells.
        """
        self._sound.append(sound)
        level_db = 20 * math.log10(max(float(np.sqrt(np.mean(np.square(sound)))), _SILENCE_RMS))
        events = [self._event(mark, zero_at) for mark in self._endpointer.step(probability, level_db)]
        while self._oldest < self._endpointer.keep_from:
            self._sound.popleft()
            self._oldest += 1
        return events

    def flush(self, rest: NDArray[np.float32], zero_at: float) -> Sequence[Event]:
        """End the running segment; `rest` are the samples after the last whole window."""
        paused = self._endpointer.is_paused
        events = [self._event(mark, zero_at) for mark in self._endpointer.flush()]
        if events and rest.size and not paused:
            start_s = self._time_s(self._sent)
            events.insert(-1, SpeechChunk(self._segment, self._channel, start_s, rest))
        return events

    def _event(self, mark: Mark, zero_at: float) -> Event:
        segment, channel, time_s = self._segment, self._channel, self._time_s(mark.window)
        match mark.kind:
            case MarkKind.STARTED:
                self._segment = self._new_segment()
                self._segment_start_s, self._sent = time_s, mark.window
                return SpeechStarted(self._segment, channel, time_s)
            case MarkKind.SOUND:
                return self._chunk(mark.window)
            case MarkKind.PAUSED:
                return SpeechPaused(segment, channel, time_s)
            case MarkKind.RESUMED:
                return SpeechResumed(segment, channel)
            case MarkKind.DISCARDED:
                return SpeechDiscarded(segment, channel)
            case MarkKind.ENDED:
                return self._ended(time_s, mark.reason or EndReason.SILENCE, zero_at)

    def _chunk(self, until: int) -> SpeechChunk:
        first, self._sent = self._sent, until
        sound = np.concatenate(list(self._between(first, until)))
        return SpeechChunk(self._segment, self._channel, self._time_s(first), sound)

    def _between(self, first: int, until: int) -> Iterator[NDArray[np.float32]]:
        return (self._sound[number - self._oldest] for number in range(first, until))

    def _ended(self, end_s: float, reason: EndReason, zero_at: float) -> SpeechEnded:
        return SpeechEnded(
            segment=self._segment,
            channel=self._channel,
            start_s=self._segment_start_s,
            end_s=end_s,
            reason=reason,
            spoken_at=zero_at + end_s,
            endpoint_at=self._clock.now_s(),
        )

    def _time_s(self, window: int) -> float:
        return (self._start + window * self._window) / SAMPLE_RATE_HZ
