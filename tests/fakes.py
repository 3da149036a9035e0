"""Ordinary classes that stand in for the clock and for devices."""

import asyncio
import queue
import threading
import time

import numpy as np

from model.errors import SkippableError
from realtime.voice_reading import VoiceReading


class ManualClock:
    """Time that only goes when somebody waits for it or says so.

    Args:
        now_s: Where it starts.
        stopped: Waiting does not move it; only `advance` does.
    """

    def __init__(self, now_s: float = 0.0, *, stopped: bool = False) -> None:
        self._now_s = now_s
        self._stopped = stopped
        self._moved = asyncio.Event()

    def now_s(self) -> float:
        return self._now_s

    def advance(self, by_s: float) -> None:
        self._now_s += by_s
        self._moved.set()

    async def sleep_until(self, moment_s: float) -> None:
        await asyncio.sleep(0)
        while self._stopped and self._now_s < moment_s:
            self._moved.clear()
            await self._moved.wait()
        self._now_s = max(self._now_s, moment_s)


class FakeCapture:
    """A device while it is open."""

    name = "fake microphone"

    def __init__(self, device, channels) -> None:
        self.channels = channels
        self.closed = False
        self._device = device

    def close(self) -> None:
        self.closed = True


class FakeDevice:
    """An input device that plays what the test says; each block arrives when it is over.

    Args:
        clock: Moved on by what is played.
        rate_hz: The device's own rate.
        channels: As few as it can open.
    """

    def __init__(self, clock: ManualClock, rate_hz: int = 48_000, channels: int = 1) -> None:
        self.clock = clock
        self.rate_hz = rate_hz
        self.refusals: list[Exception] = []
        self.captures: list[FakeCapture] = []
        self.opened_at: list[float] = []
        self.on_open = lambda: None
        self._fewest = channels
        self._deliver = self._ended = lambda *_: None

    def open(self, channels, deliver, ended) -> FakeCapture:
        self.opened_at.append(self.clock.now_s())
        if self.refusals:
            raise self.refusals.pop(0)
        self._deliver, self._ended = deliver, ended
        self.captures.append(FakeCapture(self, channels or self._fewest))
        self.on_open()
        return self.captures[-1]

    def play(self, samples, *, overrun=False, block_s=0.02) -> None:
        """Deliver (C, T) samples block by block."""
        size = round(block_s * self.rate_hz)
        for start in range(0, samples.shape[1], size):
            block = samples[:, start : start + size]
            self.clock.advance(block.shape[1] / self.rate_hz)
            self._deliver(block, self.rate_hz, overrun and start == 0)

    def deliver(self, samples) -> None:
        """Deliver one (C, T) block at this moment."""
        self._deliver(samples, self.rate_hz, False)

    def lose(self) -> None:
        """The device stops by itself."""
        self._ended()


class FakeCamera:
    """A camera whose pictures, at most 25 a second, the test hands over; `None` is what it gives when unplugged."""

    def __init__(self, *pictures) -> None:
        self.pictures = queue.Queue()
        self.refusals: list[Exception] = []
        self.opened = self.released = 0
        for picture in pictures:
            self.pictures.put(picture)

    def open(self):
        self.opened += 1
        if self.refusals:
            raise self.refusals.pop(0)
        return self

    def grab(self) -> bool:
        time.sleep(0.04)
        self._picture = self.pictures.get(timeout=20)
        return self._picture is not None

    def retrieve(self):
        return True, self._picture

    def stamp_s(self) -> float | None:
        return None

    def release(self) -> None:
        self.released += 1


class FakeDetector:
    """A face detector that finds what the test says, look by look; the last answer stays."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.looks = 0

    def open(self) -> None:
        self.looks = 0

    def detect(self, image):
        self.looks += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class FakeVoiceEncoder:
    """A voice encoder that notes what it is given, on which thread, and reads what the test says.

    Args:
        reading: What every stretch of a segment that got any sound says.
        fails_on: A sample value that no course can hear; None for none.
    """

    def __init__(self, reading: VoiceReading, fails_on: float | None = None) -> None:
        self.reading = reading
        self.fails_on = fails_on
        self.opened = 0
        self.courses: list[FakeVoiceCourse] = []
        self.threads: set[str] = set()

    def open(self) -> None:
        self.threads.add(threading.current_thread().name)
        self.opened += 1

    def begin(self, start_s):
        self.threads.add(threading.current_thread().name)
        self.courses.append(FakeVoiceCourse(self, start_s))
        return self.courses[-1]


class FakeVoiceCourse:
    """The course of one segment."""

    def __init__(self, encoder: FakeVoiceEncoder, start_s: float) -> None:
        self.start_s = start_s
        self.pushed: list[np.ndarray] = []
        self.asked: list[tuple[float, float]] = []
        self._encoder = encoder

    @property
    def sound(self) -> np.ndarray:
        return np.concatenate([np.zeros(0, np.float32), *self.pushed])

    def push(self, samples) -> None:
        self._encoder.threads.add(threading.current_thread().name)
        if self._encoder.fails_on is not None and (samples == self._encoder.fails_on).any():
            raise SkippableError("this sound cannot be heard")
        self.pushed.append(samples)

    def between(self, start_s, end_s):
        self._encoder.threads.add(threading.current_thread().name)
        self.asked.append((start_s, end_s))
        return self._encoder.reading


class FakeFaceEncoder:
    """A face encoder that notes what it is given and says one thing of every face."""

    def __init__(self, *answer: float) -> None:
        self.answer = np.array(answer or (3.0, -0.5, -0.5, -0.5, -0.5, -0.5, -0.5), np.float32)
        self.opened = 0
        self.given: list[np.ndarray] = []

    def open(self) -> None:
        self.opened += 1

    def read(self, faces):
        self.given.append(faces)
        return np.repeat(self.answer[None], len(faces), 0)
