"""A second of sound from a microphone. As a program it listens, so that a driver that hangs can be left behind."""

import sys
import threading
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.devices.child import answer
from edge.settings import PART_PACKAGES
from edge.sound.capture import Device
from edge.sound.portaudio import PortAudioDevice, load_portaudio
from edge.sources import call, microphone
from realtime.parts import PartChoice, part_settings

LENGTH_S: Final = 1.0
"""How long is listened, seconds."""

_PATIENCE: Final = 3.0
_FULL: Final = 0.999


@dataclass(frozen=True, slots=True)
class Heard:
    """What a stretch of sound was like.

    Attributes:
        seconds: How much of it came.
        peak: Largest sample, from 0 to 1.
        rms: Root of the mean square, from 0 to 1.
        clipped_share: Share of the samples that are as large as can be.
    """

    seconds: float
    peak: float
    rms: float
    clipped_share: float


def listen(device: Device, channels: int | None, length_s: float = LENGTH_S) -> Heard:
    """Capture for a while, measure, and forget.

    Args:
        device: The microphone.
        channels: How many; None for as few as it has.
        length_s: How long, seconds.

    Raises:
        SourceError: There is no such device, or it refuses.
    """
    blocks: list[NDArray[np.float32]] = []
    enough, rates = threading.Event(), [0]

    def deliver(samples: NDArray[np.float32], rate_hz: int, _overrun: bool) -> None:  # noqa: FBT001 - the driver's
        rates[0] = rate_hz
        blocks.append(samples)
        if sum(block.shape[1] for block in blocks) >= length_s * rate_hz:
            enough.set()

    capture = device.open(channels, deliver, enough.set)
    try:
        enough.wait(_PATIENCE * length_s)
    finally:
        capture.close()
    return measure(np.concatenate(blocks, axis=1) if blocks else np.zeros((1, 0), np.float32), rates[0])


def measure(samples: NDArray[np.float32], rate_hz: int) -> Heard:
    """What (C, T) samples are like."""
    if samples.size == 0:
        return Heard(0.0, 0.0, 0.0, 0.0)
    size = np.abs(samples)
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    return Heard(samples.shape[1] / rate_hz, float(size.max()), rms, float(np.mean(size >= _FULL)))


def _microphone(choice: str) -> Heard:
    settings = part_settings(PART_PACKAGES["source"], PartChoice.model_validate_json(choice))
    if not isinstance(settings, microphone.Settings | call.Settings):
        raise TypeError(f"{type(settings)} are no settings of a microphone")
    device = PortAudioDevice(load_portaudio(), settings.device, settings.block_s, settings.latency_s)
    if isinstance(settings, call.Settings):
        return listen(device, None)
    return listen(device, settings.channels or len(settings.speakers) or None)


if __name__ == "__main__":
    answer(lambda: asdict(_microphone(sys.argv[1])))
