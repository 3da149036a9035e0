"""The voices of running segments, heard while they speak, and of those that ended lately."""

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.errors import SkippableError
from realtime.events import SAMPLE_RATE_HZ
from realtime.model_thread import ModelThread
from realtime.protocols import VoiceCourse, VoiceEncoder
from realtime.voice_reading import VoiceReading

_LOG = logging.getLogger(__name__)
_TOGETHER: Final = SAMPLE_RATE_HZ // 5  # samples that are handed over at once: five calls in a second of speech
_MOST_WAITING: Final = 64  # calls that wait for the thread: 13 s of speech, while it reads with a large network
_KEPT_S: Final = 600.0  # of media time after a segment's end, as long as faces are remembered
_MOST_KEPT: Final = 64  # segments that ended: more than can wait for the recogniser


class _Listener:
    """One segment's course where it lives, on the thread; after a failure it listens no more."""

    def __init__(self, encoder: VoiceEncoder, start_s: float) -> None:
        self._encoder = encoder
        self._start_s = start_s
        self._course: VoiceCourse | None = None
        self._failure: SkippableError | None = None

    def push(self, samples: NDArray[np.float32]) -> None:
        if self._failure is not None:
            return
        try:
            self._begun().push(samples)
        except SkippableError as error:
            self._failure, self._course = error, None

    def between(self, start_s: float, end_s: float) -> VoiceReading:
        if self._failure is not None:
            raise self._failure
        return self._begun().between(start_s, end_s)

    def _begun(self) -> VoiceCourse:
        if self._course is None:
            self._course = self._encoder.begin(self._start_s)
        return self._course


@dataclass(slots=True)
class _Segment:
    """A segment, its sound that was not handed over yet, and when it ended."""

    channel: int
    listener: _Listener
    waiting: list[NDArray[np.float32]] = field(default_factory=list)
    samples: int = 0
    end_s: float = float("inf")


class VoiceCourses:
    """Hands the sound of segments to the voice encoder while people speak, and answers how a stretch sounded.

    At the end of a segment no more than its last fifth of a second is left to hear. A segment is forgotten when a later
    one of its channel is asked for, with its conversation, ten minutes after its end, or 64 segments later. Belongs to
    the event loop; the encoder belongs to the thread.

    Args:
        encoder: Listens.
        thread: Where it does.
    """

    def __init__(self, encoder: VoiceEncoder, thread: ModelThread) -> None:
        self._encoder = encoder
        self._thread = thread
        self._segments: dict[str, _Segment] = {}
        self._calls: deque[asyncio.Future[None]] = deque()

    def __len__(self) -> int:
        return len(self._segments)

    async def open(self) -> None:
        """Load and warm up the encoder. Raises UsageError as it does."""
        await self._thread.run(self._encoder.open)

    def begin(self, segment: str, channel: int, start_s: float) -> None:
        """Somebody begins to speak."""
        self._segments[segment] = _Segment(channel, _Listener(self._encoder, start_s))
        self.pass_time(start_s)

    async def push(self, segment: str, samples: NDArray[np.float32]) -> None:
        """The next (T,) samples of a segment; waits only where the encoder cannot keep up."""
        running = self._segments[segment]
        running.waiting.append(samples)
        running.samples += samples.size
        if running.samples >= _TOGETHER:
            await self._hand_over(running)

    async def catch_up(self, segment: str) -> None:
        """Have heard what there is of a segment: it may be over."""
        await self._hand_over(self._segments[segment])

    async def end(self, segment: str, end_s: float) -> None:
        """A segment is over; it can still be asked for."""
        await self.catch_up(segment)
        self._segments[segment].end_s = end_s

    def discard(self, segment: str) -> None:
        """It was no speech."""
        self._segments.pop(segment, None)

    def pass_time(self, now_s: float) -> None:
        """Forget what nobody will ask for any more at a media time."""
        self.forget_before(now_s - _KEPT_S)
        ended = [name for name, segment in self._segments.items() if segment.end_s <= now_s]
        for name in ended[:-_MOST_KEPT]:
            del self._segments[name]

    def forget_before(self, time_s: float) -> None:
        """Forget the segments that ended before a media time."""
        self._segments = {name: segment for name, segment in self._segments.items() if segment.end_s >= time_s}

    def forget_ended(self) -> None:
        """Forget the segments that are over; who speaks at this moment is heard on."""
        self.forget_before(float("inf"))

    def clear(self) -> None:
        """Forget all voices."""
        self._segments.clear()

    async def reading(self, segment: str, start_s: float, end_s: float) -> VoiceReading | None:
        """How a stretch of a segment sounded; None where nothing is known of that segment.

        Raises:
            SkippableError: The encoder failed on it.
        """
        known = self._segments.get(segment)
        if known is None:
            return None
        self._forget_earlier(segment)
        return await self._thread.run(known.listener.between, start_s, end_s)

    def _forget_earlier(self, segment: str) -> None:
        """Forget what ended on a segment's channel before that began: the words of a channel come in order."""
        names = list(self._segments)
        for name in names[: names.index(segment)]:
            earlier = self._segments[name]
            if earlier.channel == self._segments[segment].channel and earlier.end_s < float("inf"):
                del self._segments[name]

    async def _hand_over(self, segment: _Segment) -> None:
        if not segment.waiting:
            return
        samples = np.concatenate(segment.waiting)
        segment.waiting, segment.samples = [], 0
        self._calls.append(self._thread.start(segment.listener.push, samples))
        while self._calls and (self._calls[0].done() or len(self._calls) > _MOST_WAITING):
            await self._calls.popleft()
