"""People speaking: the bundled conversation, line by line."""

from collections.abc import Iterator
from functools import cache

import av
import numpy as np

from edge.demo.script import RECORDING_PATH, read_spoken_script
from realtime.events import SAMPLE_RATE_HZ, AudioFrame, SpeechChunk, SpeechEnded, SpeechStarted


@cache
def conversation() -> np.ndarray:
    """(C, T) float32 at 16 kHz, one channel per speaker."""
    with av.open(str(RECORDING_PATH)) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
        channels = container.streams.audio[0].channels
    packed = np.concatenate(blocks, axis=1)
    whole = packed if packed.shape[0] == channels else packed.reshape(-1, channels).T
    return whole.astype(np.float32) / 2**15


def line(number: int, before_s: float = 0.3, after_s: float = 0.7) -> tuple[np.ndarray, str]:
    """(T,) sound of a line of the script, from 1, with some silence around it, and its words in small letters."""
    spoken = read_spoken_script()[number - 1]
    first = int((spoken.start_s - before_s) * SAMPLE_RATE_HZ)
    last = int((spoken.end_s + after_s) * SAMPLE_RATE_HZ)
    words = "".join(letter for letter in spoken.line.text.lower() if letter.isalpha() or letter in " '")
    return conversation()[spoken.line.channel, first:last], words


def frames(samples: np.ndarray, length: int = 512, start: int = 0) -> Iterator[AudioFrame]:
    """(C, T) sound in frames that arrive as soon as they were spoken."""
    for first in range(0, samples.shape[1], length):
        part = samples[:, first : first + length]
        yield AudioFrame(start + first, part, (start + first + part.shape[1]) / SAMPLE_RATE_HZ)


def chunks(segment: str, samples: np.ndarray, channel: int = 0, start_s: float = 0.0) -> Iterator[SpeechChunk]:
    """(T,) sound of a segment as a segmenter sends it."""
    for first in range(0, samples.size, 512):
        yield SpeechChunk(segment, channel, start_s + first / SAMPLE_RATE_HZ, samples[first : first + 512])


def started(segment: str, channel: int = 0, start_s: float = 0.0) -> SpeechStarted:
    return SpeechStarted(segment, channel, start_s)


def ended(segment: str, reason, channel: int = 0, end_s: float = 1.0, at: float = 0.0) -> SpeechEnded:
    return SpeechEnded(segment, channel, 0.0, end_s, reason, spoken_at=at - 0.5, endpoint_at=at)
