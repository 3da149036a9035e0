"""From the blocks of a device to frames and gaps on the media clock."""

import numpy as np
from numpy.typing import NDArray

from edge.sound.capture import Block
from edge.sound.channels import arrange
from edge.sound.losses import LossWatch
from edge.sound.resampler import Resampler, packed_frame
from realtime.events import SAMPLE_RATE_HZ, AudioFrame, AudioGap


class Intake:
    """Resamples and counts what a device delivers; lost sound becomes a gap, so media time keeps up with the clock.

    Args:
        channels: How many channels frames have: as many as the device, or one for the mix of them.

    Attributes:
        overruns: How often the driver or our buffer was full.
        lost_s: How much sound was lost in all, in seconds.
    """

    def __init__(self, channels: int) -> None:
        self.overruns = 0
        self.lost_s = 0.0
        self._channels = channels
        self._watch = LossWatch()
        self._resampler: Resampler | None = None
        self._position = 0
        self._arrived_at = 0.0

    def heard(self, block: Block) -> list[AudioFrame | AudioGap]:
        """What a block amounts to."""
        self._arrived_at = block.arrived_at
        self.overruns += block.overrun + (block.dropped > 0)
        events = self._gap(block.dropped / block.rate_hz, "the pipeline is too slow for the microphone")
        lost_s = self._watch.observe(block.length_s, block.arrived_at, overrun=block.overrun)
        events += self._gap(lost_s, "the driver lost sound")
        if self._resampler is None:
            self._resampler = Resampler.of_channels(self._channels)
        arranged = arrange(block.samples, self._channels)
        return events + self._frames(self._resampler.push(packed_frame(arranged, block.rate_hz)))

    def away(self, moment: float) -> list[AudioFrame | AudioGap]:
        """What it amounts to that the device delivers nothing until `moment`."""
        return self._gap(self._watch.late_s(moment), "the microphone is away")

    def _gap(self, lost_s: float, reason: str) -> list[AudioFrame | AudioGap]:
        length = round(lost_s * SAMPLE_RATE_HZ)
        if length <= 0:
            return []
        events = self._frames(self._resampler.flush()) if self._resampler is not None else []
        self._resampler = None
        self._watch.told(lost_s)
        self.lost_s += lost_s
        gap = AudioGap(self._position, length, reason)
        self._position += length
        return [*events, gap]

    def _frames(self, samples: NDArray[np.float32]) -> list[AudioFrame | AudioGap]:
        if not samples.size:
            return []
        frame = AudioFrame(self._position, samples, self._arrived_at)
        self._position += samples.shape[1]
        return [frame]
