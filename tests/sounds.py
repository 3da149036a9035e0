"""Sound made for tests: tones, and files of every kind that holds them."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from realtime.events import AudioFrame, AudioGap, Event

CODECS = {".wav": "pcm_s16le", ".flac": "flac", ".mp3": "libmp3lame", ".mp4": "aac", ".mkv": "libopus"}
RATES_HZ = {".mkv": 48_000, ".mp3": 44_100, ".mp4": 44_100}


def tone(hz: float, length_s: float, rate_hz: int = 16_000, level: float = 0.3) -> np.ndarray:
    """(T,) float32."""
    return (level * np.sin(2 * np.pi * hz * np.arange(round(length_s * rate_hz)) / rate_hz)).astype(np.float32)


def write(path: Path, channels: Sequence[np.ndarray], rate_hz: int = 16_000, at_s: Sequence[float] = (0.0,)) -> Path:
    """Write the channels, cut into as many equal parts as there are moments at which they are to be heard."""
    rate_out_hz = RATES_HZ.get(path.suffix, rate_hz)
    layout = {1: "mono", 2: "stereo", 4: "quad"}[len(channels)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(CODECS[path.suffix], rate=rate_out_hz, layout=layout)
        stream.time_base = Fraction(1, rate_out_hz)
        size = stream.codec_context.frame_size or 1024
        for part, moment_s in zip(np.array_split(np.stack(channels), len(at_s), axis=1), at_s, strict=True):
            position = round(moment_s * rate_out_hz)
            for frame in _frames(part, rate_hz, av.AudioResampler(stream.format.name, layout, rate_out_hz), size):
                frame.pts, frame.time_base = position, Fraction(1, rate_out_hz)
                position += frame.samples
                container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def length(event: Event) -> int:
    """Samples of media time that an event of a source stands for."""
    if isinstance(event, AudioFrame):
        return event.samples.shape[1]
    return event.length if isinstance(event, AudioGap) else 0


def joined(events: Sequence[Event]) -> np.ndarray:
    """(C, T) sound of all frames, which must follow each other; gaps are zeros."""
    position, parts = 0, []
    channels = next(event.samples.shape[0] for event in events if isinstance(event, AudioFrame))
    for event in events:
        if isinstance(event, AudioFrame | AudioGap):
            assert event.start == position
            position += length(event)
            missing = np.zeros((channels, length(event)), np.float32)
            parts.append(event.samples if isinstance(event, AudioFrame) else missing)
    return np.concatenate(parts, axis=1)


def pitch_hz(samples: np.ndarray, rate_hz: int = 16_000) -> float:
    """Frequency of the strongest partial of (T,) samples."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    return float(np.argmax(spectrum)) * rate_hz / samples.size


def _frames(samples: np.ndarray, rate_hz: int, resampler: av.AudioResampler, size: int) -> list[av.AudioFrame]:
    packed = np.ascontiguousarray(samples.T).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=resampler.layout)
    frame.sample_rate = rate_hz
    queue = av.AudioFifo()
    for resampled in [*resampler.resample(frame), *resampler.resample(None)]:
        resampled.pts = None
        queue.write(resampled)
    frames = []
    while (frame := queue.read(size, partial=True)) is not None:
        frames.append(frame)
    return frames
