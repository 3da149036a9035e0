"""Two streams of sound with two clocks become two channels on one media clock."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from realtime.events import SAMPLE_RATE_HZ, AudioFrame, AudioGap

Sound = NDArray[np.float32]

_WAIT_S = 0.1  # so long the first channel waits for the second at most
_PAUSE_S = 0.1  # sound that comes later than this did not come late: there was none
_IDLE_S = 0.5  # nobody waits for a second channel that has delivered nothing for so long
_SLACK_S = 0.2  # while the first channel is away, media time keeps so far behind the clock
_GAP_S = 1.0  # shortest hole that is told while neither channel delivers
_CLOCK_ERROR = 5e-4  # by which a sound card's clock may be slow; real ones stay below 1e-4
_ERROR_IN_SILENCE = 32  # samples by which the second channel may lie wrong where mending costs nothing: 2 ms
_ERROR_IN_SOUND = 320  # and where something is heard: 20 ms
_ERROR_AT_MOST = 2 * SAMPLE_RATE_HZ  # and whatever is heard
_SILENT = 10 ** (-50 / 20)


class Merger:
    """Puts a second stream of sound beside a first one, on the first one's media clock.

    The second's samples are placed by their arrival. Its clock may be fast or slow: where it is silent, the difference
    is made up at once, and where too much of it adds up in sound, by one sample per block, left out or doubled.
    Where it delivers nothing, there is silence. While the first is away, media time goes on by the monotonic clock.
    """

    def __init__(self) -> None:
        self._first_zero, self._second_zero = _Zero(), _Zero()
        self._first, self._second = _Track(), _Track()
        self._gaps: deque[AudioGap] = deque()  # of the first channel, not told yet
        self._away = ""
        self._position = 0
        self._second_begun = False
        self._second_length = 0  # samples that the second delivered in all
        self._second_at = -np.inf  # moment of its newest ones

    @property
    def begun(self) -> bool:
        """Whether media time runs: it begins with the first stream."""
        return self._first_zero.at is not None

    @property
    def first_held_s(self) -> float:
        """Sound of the first stream that waits, in seconds."""
        return (self._first.end - self._position) / SAMPLE_RATE_HZ

    @property
    def second_held_s(self) -> float:
        """Sound of the second stream that waits, in seconds."""
        return (self._second.end - self._position) / SAMPLE_RATE_HZ

    def first(self, event: AudioFrame | AudioGap) -> None:
        """Take what the first stream gives: its media time is that of the channels."""
        if isinstance(event, AudioGap):
            self._gaps.append(event)
            self._first.skip_to(event.start + event.length)
            return
        if not self.begun:
            self._second_at = event.arrived_at  # it may well be about to deliver
        self._first_zero.observe(event.end_s, event.arrived_at)
        self._first.put(event.start, event.samples[0])

    def first_is_away(self, reason: str) -> None:
        """The first stream gives nothing for now, and why; empty once it does again."""
        self._away = reason

    def second(self, samples: Sound, arrived_at: float) -> None:
        """Take a block of the second stream: (T,) samples, the last of them captured by this moment.

        What comes before media time has begun is dropped.
        """
        zero_at = self._first_zero.at
        if zero_at is None:
            return
        self._second_length += samples.size
        self._second_at = arrived_at
        end_s = self._second_length / SAMPLE_RATE_HZ
        if self._second_zero.late_s(end_s, arrived_at) > _PAUSE_S:
            self._second_zero = _Zero()  # it goes on after a pause
        began_at = self._second_zero.observe(end_s, arrived_at) - zero_at
        place = round(began_at * SAMPLE_RATE_HZ) + self._second_length - samples.size
        if not self._second_begun:
            samples, place = samples[max(0, self._position - place) :], max(place, self._position)
            self._second_begun = samples.size > 0
            self._second.skip_to(place)
        elif self._second.end < self._position:
            self._second.skip_to(max(place, self._position))
        self._second.put(*_fitted(samples, self._second.end, place))

    def due(self, now: float) -> list[AudioFrame | AudioGap]:
        """What is complete at this moment, or has waited long enough."""
        end = self._end(now)
        events: list[AudioFrame | AudioGap] = []
        while self._position < end:
            events.append(self._next(end))
        return events

    def _end(self, now: float) -> int:
        zero_at = self._first_zero.at
        if zero_at is None:
            return 0
        end = self._first.end
        if self._away:
            going_on = _samples(now - zero_at - _SLACK_S)
            if self._second.end > self._position or going_on - self._position >= _GAP_S * SAMPLE_RATE_HZ:
                end = max(end, going_on)
        if now - self._second_at > _IDLE_S:
            return end
        return min(end, max(self._second.end, _samples(now - zero_at - _WAIT_S)))

    def _next(self, end: int) -> AudioFrame | AudioGap:
        """The stretch from here to `end`, or to where the first channel's sound stops or begins again."""
        while self._gaps and self._gaps[0].start + self._gaps[0].length <= self._position:
            self._gaps.popleft()
        start, reason = self._position, ""
        if self._gaps and self._gaps[0].start <= start:
            reason = self._gaps[0].reason
            end = min(end, self._gaps[0].start + self._gaps[0].length)
        elif self._gaps:
            end = min(end, self._gaps[0].start)
        elif start >= self._first.end:
            reason = self._away
        elif end > self._first.end:
            end = self._first.end
        self._position = end
        (first, _), (second, heard) = self._first.take(start, end), self._second.take(start, end)
        if reason and not heard:
            return AudioGap(start, end - start, reason)
        return AudioFrame(start, np.stack([first, second]), (self._first_zero.at or 0.0) + end / SAMPLE_RATE_HZ)


class _Zero:
    """The moment at which a stream's media time was zero.

    Sound is handed over more or less late: the least late says best when it was captured. A slow clock is followed.
    """

    def __init__(self) -> None:
        self.at: float | None = None
        self._end_s = 0.0

    def late_s(self, end_s: float, arrived_at: float) -> float:
        """How much later than the least late before it sound up to a media time arrived."""
        return 0.0 if self.at is None else arrived_at - self.at - end_s

    def observe(self, end_s: float, arrived_at: float) -> float:
        """Take into account that sound up to a media time arrived: the moment of zero."""
        if self.at is None:
            self.at = arrived_at - end_s
        else:
            self.at += min(self.late_s(end_s, arrived_at), (end_s - self._end_s) * _CLOCK_ERROR)
        self._end_s = end_s
        return self.at


class _Track:
    """One channel's sound that waits, placed on the media clock; silence where there is none.

    Attributes:
        end: Where the next sound belongs, in samples.
    """

    def __init__(self) -> None:
        self.end = 0
        self._pieces: deque[tuple[int, Sound]] = deque()

    def skip_to(self, place: int) -> None:
        """Leave silence up to a place."""
        self.end = max(self.end, place)

    def put(self, start: int, samples: Sound) -> None:
        """Add (T,) samples, not before the end."""
        if samples.size:
            self._pieces.append((start, samples))
            self.end = start + samples.size

    def take(self, start: int, end: int) -> tuple[Sound, bool]:
        """The (T,) sound of a stretch that is not asked for again, and whether there was any."""
        sound = np.zeros(end - start, np.float32)
        heard = False
        while self._pieces and self._pieces[0][0] < end:
            first, samples = self._pieces.popleft()
            if first + samples.size > end:
                self._pieces.appendleft((end, samples[end - first :]))
                samples = samples[: end - first]
            if (skipped := start - first) > 0:
                first, samples = start, samples[skipped:]
            sound[first - start : first - start + samples.size] = samples
            heard |= samples.size > 0
        return sound, heard


def _fitted(samples: Sound, end: int, place: int) -> tuple[int, Sound]:
    """Where to put (T,) samples that follow those up to `end` and belong to `place`, and what of them to put there."""
    error = place - end
    if abs(error) <= _ERROR_IN_SILENCE or not samples.size:
        return end, samples
    if abs(error) > _ERROR_AT_MOST or np.abs(samples).max() < _SILENT:
        return max(end, place), samples[max(0, -error) :]
    if abs(error) <= _ERROR_IN_SOUND:
        return end, samples
    calmest = int(np.abs(np.diff(samples)).argmin()) if samples.size > 1 else 0
    if error > 0:
        return end, np.insert(samples, calmest, samples[calmest])
    return end, np.delete(samples, calmest)


def _samples(length_s: float) -> int:
    return round(length_s * SAMPLE_RATE_HZ)
