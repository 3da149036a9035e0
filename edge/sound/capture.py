"""The seam to an input device, and the buffer between its driver's thread and ours."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from model.errors import LostError
from realtime.clock import Clock


@dataclass(frozen=True, slots=True)
class Block:
    """What the driver handed over at once.

    Attributes:
        samples: (C, T) float32.
        rate_hz: The device's rate.
        arrived_at: Moment of the driver's call. PortAudio's own times are not used: through ALSA's plug-ins they were
            measured to be off by up to 0.6 s, while the call itself is late by one device period (here below 40 ms).
        overrun: Whether the driver lost sound before this block.
        dropped: How many samples before this block found no room in our buffer.
    """

    samples: NDArray[np.float32]
    rate_hz: int
    arrived_at: float
    overrun: bool
    dropped: int

    @property
    def length_s(self) -> float:
        """Length in seconds."""
        return int(self.samples.shape[1]) / self.rate_hz


Deliver = Callable[[NDArray[np.float32], int, bool], None]
"""Takes (C, T) samples that nobody else will change, their rate, and whether some were lost before. Any thread."""


class Capture(Protocol):
    """A device that is delivering.

    Attributes:
        name: For people.
        channels: How many channels its blocks have.
    """

    name: str
    channels: int

    def close(self) -> None:
        """Stop and let the device go. Blocks; may be called twice."""


class Device(Protocol):
    """An input device that can be opened, and again after it was lost."""

    def open(self, channels: int | None, deliver: Deliver, ended: Callable[[], None]) -> Capture:
        """Start capturing. Blocks.

        Args:
            channels: How many are needed; None for one, or as few as the device can do.
            deliver: Called with every block.
            ended: Called when the device stops by itself.

        Raises:
            SourceError: There is no such device, or it refuses.
        """


class BlockBuffer:
    """Blocks on their way from the driver's thread to the event loop; a full buffer drops the newest and counts them.

    Args:
        clock: Stamps the blocks.
        capacity: How many blocks may wait.
    """

    def __init__(self, clock: Clock, capacity: int) -> None:
        self._clock = clock
        self._capacity = capacity
        self._blocks: deque[Block] = deque()
        self._dropped = 0  # samples since the last block that found room; only the driver's thread uses it
        self._overrun = False
        self._ended = False
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()

    def deliver(self, samples: NDArray[np.float32], rate_hz: int, overrun: bool) -> None:  # noqa: FBT001 - the driver's
        """Put a block in; never waits."""
        self._overrun |= overrun
        if len(self._blocks) >= self._capacity:
            self._dropped += samples.shape[1]
            return
        self._blocks.append(Block(samples, rate_hz, self._clock.now_s(), self._overrun, self._dropped))
        self._dropped, self._overrun = 0, False
        self._loop.call_soon_threadsafe(self._changed.set)

    def end(self) -> None:
        """Say that nothing more will come. From any thread; what waits is still taken."""
        self._ended = True
        self._loop.call_soon_threadsafe(self._changed.set)

    async def take(self, patience_s: float | None) -> Block:
        """The next block.

        Args:
            patience_s: How long to wait for it, seconds; None for as long as it takes.

        Raises:
            LostError: The device ended, or delivered nothing for `patience_s`.
        """
        while not self._blocks:
            if self._ended:
                raise LostError("the device stopped")
            self._changed.clear()
            try:
                async with asyncio.timeout(patience_s):
                    await self._changed.wait()
            except TimeoutError:
                if not self._blocks:
                    raise LostError(f"the device delivered nothing for {patience_s:g} s") from None
        return self._blocks.popleft()
