"""What the microphone hears of the loudspeakers, found out and silenced."""

import numpy as np
from numpy.typing import NDArray

from realtime.events import SAMPLE_RATE_HZ, AudioFrame

Sound = NDArray[np.float32]

_WINDOW = SAMPLE_RATE_HZ // 2  # of the microphone's sound that is compared
_LONGEST_LAG = SAMPLE_RATE_HZ // 2  # of the echo behind what is played, devices' latencies included
_EVERY = SAMPLE_RATE_HZ // 4
_BLOCK = 320
_AUDIBLE = 10 ** (-55 / 20)
_ALIKE = 0.3  # correlation from which two windows may hold the same
_SAME_LAG = 80  # samples by which the lags of an echo may differ from window to window: 5 ms
_PROOFS = 2  # windows in a row that must agree on a lag
_LOUDER = 1.05  # by which an echo may become louder from window to window
_DOUBTS = 6  # windows in a row without an echo after which there is none any more
_DECAY = 0.7  # of the room's echo per block: 60 dB in 0.4 s
_TAIL = 15  # blocks of echo that still count
_MARGIN = 2.0  # what is louder than the echo by so much is somebody speaking


class EchoGate:
    """Silences the first channel of a call where it holds nothing but an echo of the second.

    An echo is proven when half a second of the first channel resembles the second a while earlier, twice in a row with
    the same lag. From then on, what is not clearly louder than the echo would be is silenced. It costs the beginning of
    the first echo, and quiet words that are spoken over it.
    """

    def __init__(self) -> None:
        self._first = np.zeros(_WINDOW, np.float32)
        self._second = np.zeros(_LONGEST_LAG + _WINDOW, np.float32)
        self._fresh = 0  # samples since the last comparison
        self._lag: int | None = None  # of the proven echo
        self._gain = 0.0
        self._candidate = self._agreed = self._doubts = 0

    @property
    def proven(self) -> bool:
        """Whether the first channel is known to hear the second."""
        return self._lag is not None

    def passed(self, frame: AudioFrame) -> AudioFrame:
        """The frame of two channels, its first silent if that is an echo."""
        first, second = frame.samples
        self._first = _appended(self._first, first)
        self._second = _appended(self._second, second)
        self._fresh += first.size
        if self._fresh >= _EVERY:
            self._fresh = 0
            self._compare()
        if self._lag is None or _level(first) > _MARGIN * self._expected(self._lag, first.size):
            return frame
        return AudioFrame(frame.start, np.stack([np.zeros_like(first), second]), frame.arrived_at)

    def _compare(self) -> None:
        """Look for the echo in the newest half second."""
        if min(_level(self._first), _level(self._second)) < _AUDIBLE:
            return
        lag, likeness = _resemblance(self._first, self._second)
        if likeness < _ALIKE:
            self._agreed = 0
            self._doubts += 1
            if self._doubts >= _DOUBTS:
                self._lag = None
            return
        self._doubts = 0
        self._agreed = self._agreed + 1 if abs(lag - self._candidate) <= _SAME_LAG else 1
        self._candidate = lag
        if self._agreed >= _PROOFS:
            gain = _level(self._first) / _level(self._played(lag, _WINDOW))
            # Somebody who speaks beside the echo makes it seem louder than it is.
            self._gain = gain if self._lag is None else min(gain, _LOUDER * self._gain)
            self._lag = lag

    def _expected(self, lag: int, length: int) -> float:
        """Level that the echo in the newest `length` samples has at most."""
        played = self._played(lag - _BLOCK, length + _TAIL * _BLOCK)
        blocks = played[played.size % _BLOCK :].reshape(-1, _BLOCK)
        levels = np.sqrt(np.mean(blocks**2, axis=1))[::-1]
        within = -(-length // _BLOCK) + 2  # blocks that the frame itself may lie in
        return self._gain * float((levels * _DECAY ** np.maximum(0, np.arange(levels.size) - within)).max())

    def _played(self, lag: int, length: int) -> Sound:
        """The second channel, `length` samples up to `lag` before now."""
        end = self._second.size - max(0, lag)
        return self._second[max(0, end - length) : end]


def _resemblance(first: Sound, second: Sound) -> tuple[int, float]:
    """By how many samples `first` follows what it most resembles in `second`, and the correlation there."""
    first, second = (np.diff(sound, prepend=sound[:1]) for sound in (first, second))  # high and low weigh the same
    size = 1 << (second.size - 1).bit_length() + 1
    product = np.fft.irfft(np.fft.rfft(second, size) * np.fft.rfft(first, size).conj(), size)
    places = second.size - first.size + 1
    sums = np.concatenate([[0.0], np.cumsum(second.astype(np.float64) ** 2)])
    energies = sums[first.size :] - sums[: -first.size]
    loud_enough = np.maximum(energies, energies.max() / 100)  # near silence, rounding would resemble anything
    likeness = np.abs(product[:places]) / np.sqrt(loud_enough * float(first @ first) + 1e-12)
    place = int(likeness.argmax())
    return places - 1 - place, float(likeness[place])


def _appended(sound: Sound, samples: Sound) -> Sound:
    return np.concatenate([sound, samples])[-sound.size :]


def _level(samples: Sound) -> float:
    return float(np.sqrt(np.mean(samples**2))) if samples.size else 0.0
