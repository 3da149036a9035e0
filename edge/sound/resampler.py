"""A streaming resampler to the pipeline's rate: a band-limited filter that carries its state from piece to piece."""

from collections.abc import Sequence

import av
import numpy as np
from numpy.typing import NDArray

from realtime.events import SAMPLE_RATE_HZ

_LAYOUTS = {1: "mono", 2: "stereo"}


class Resampler:
    """FFmpeg's resampler for one stretch of sound without holes; after `flush` a new stretch needs a new one.

    Its filter holds back about a millisecond, which `flush` returns, so that n samples at rate r become n * 16000 / r.

    Args:
        layout: FFmpeg's name of the channel layout, the same going in and coming out.
    """

    def __init__(self, layout: str) -> None:
        self._resampler = av.AudioResampler(format="flt", layout=layout, rate=SAMPLE_RATE_HZ)
        self._channels = av.AudioLayout(layout).nb_channels

    @classmethod
    def of_channels(cls, channels: int) -> "Resampler":
        """A resampler for channels whose places in the room are unknown."""
        return cls(_layout(channels))

    def push(self, frame: av.AudioFrame) -> NDArray[np.float32]:
        """(C, T) samples at 16 kHz that are certain so far; T may be 0."""
        return self._joined(self._resampler.resample(frame))

    def flush(self) -> NDArray[np.float32]:
        """(C, T) samples that were still in the filter."""
        return self._joined(self._resampler.resample(None))

    def _joined(self, frames: Sequence[av.AudioFrame]) -> NDArray[np.float32]:
        if not frames:
            return np.empty((self._channels, 0), dtype=np.float32)
        packed = np.concatenate([frame.to_ndarray().reshape(-1, self._channels) for frame in frames])
        # A band-limited signal may swing a little above the samples it was made from.
        return np.ascontiguousarray(packed.T.clip(-1.0, 1.0))


def packed_frame(samples: NDArray[np.float32], rate_hz: int) -> av.AudioFrame:
    """FFmpeg's form of (C, T) samples at a rate."""
    channels = samples.shape[0]
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(samples.T).reshape(1, -1), format="flt", layout=_layout(channels)
    )
    frame.sample_rate = rate_hz
    return frame


def _layout(channels: int) -> str:
    return _LAYOUTS.get(channels, f"{channels} channels")
