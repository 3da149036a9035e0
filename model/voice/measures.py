"""How good the sound of a stretch of speech is: plain numpy, for encoders that bring no measures of their own.

Frames and gates are those of the streaming front end (`model.voice.prosody`, `model.voice.course`): one frame every
10 ms, which looks at 50 ms around its middle. A loud frame is one that may be speech: less than 30 dB below the loudest
one of the stretch, and above -65 dB of full scale.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.voice.sound import SAMPLE_RATE_HZ

SILENCE_DB: Final = -100.0
"""The level of digital silence, dB of full scale."""

_HOP: Final = 160  # samples: 10 ms
_SPAN: Final = 800  # samples: 50 ms, three periods of the deepest voice
_AT_ONCE: Final = 500  # frames: 5 s take 8 MB on their way
_GATE_DB: Final = 30.0
_FLOOR_DB: Final = -65.0
_FULL_SCALE: Final = 0.999
_QUIETEST: Final = 0.1  # share of the frames that is taken for the background
_VOICED: Final = 0.5  # normalised autocorrelation
_HALF_RATE_HZ: Final = SAMPLE_RATE_HZ // 2  # enough for a voice's pitch, at half the work
_LAGS: Final = np.arange(_HALF_RATE_HZ // 400 - 1, _HALF_RATE_HZ // 60 + 2)  # 400 to 60 Hz, and one beyond each end
_FFT: Final = 1024  # no less than _SPAN / 2 + the longest lag
_TINY: Final = 1e-10


@dataclass(frozen=True, slots=True)
class SoundMeasures:
    """What was measured of a stretch of sound.

    Attributes:
        spoken_s: How long it was loud enough to be speech, seconds.
        voiced_share: Share of that with a fundamental frequency between 60 and 400 Hz, 0 to 1.
        level_db: Mean level of that, dB of full scale; `SILENCE_DB` where there is none.
        snr_db: That level over the quietest tenth of the stretch, dB; 0 where there is none.
        clipped_share: Share of all samples at full scale, 0 to 1.
    """

    spoken_s: float
    voiced_share: float
    level_db: float
    snr_db: float
    clipped_share: float


def measured(sound: NDArray[np.float32]) -> SoundMeasures:
    """The measures of (T,) samples in [-1, 1], 16 kHz; what is before and after them counts as silence."""
    count = len(sound) // _HOP
    if count == 0:
        return SoundMeasures(0.0, 0.0, SILENCE_DB, 0.0, 0.0)
    spans = _spans(sound, count)
    power = np.square(spans).mean(1, dtype=np.float64) - np.square(spans.mean(1, dtype=np.float64))
    levels_db = _decibels(power)
    loud = levels_db > max(float(levels_db.max()) - _GATE_DB, _FLOOR_DB)
    clipped_share = float(np.mean(np.abs(sound) >= _FULL_SCALE))
    if not loud.any():
        return SoundMeasures(0.0, 0.0, SILENCE_DB, 0.0, clipped_share)
    level_db = float(_decibels(power[loud].mean()))
    return SoundMeasures(
        spoken_s=float(loud.sum()) * _HOP / SAMPLE_RATE_HZ,
        voiced_share=float(np.mean(voicing(spans[loud]) > _VOICED)),
        level_db=level_db,
        snr_db=max(0.0, level_db - float(np.quantile(levels_db, _QUIETEST))),
        clipped_share=clipped_share,
    )


def voicing(spans: NDArray[np.float32]) -> NDArray[np.float32]:
    """(F,) the highest peak of each span's normalised autocorrelation at a lag of 60 to 400 Hz; 0 without a peak.

    Args:
        spans: (F, 800) stretches of 50 ms.
    """
    peaks = [_peaks(spans[first : first + _AT_ONCE]) for first in range(0, len(spans), _AT_ONCE)]
    return np.concatenate(peaks) if peaks else np.zeros(0, np.float32)


def _spans(sound: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """(count, 800) a view: each frame's samples, half of them before its middle."""
    padded = np.pad(sound, _SPAN // 2)
    return np.lib.stride_tricks.sliding_window_view(padded, _SPAN)[::_HOP][:count]


def _peaks(spans: NDArray[np.float32]) -> NDArray[np.float32]:
    half = spans.reshape(len(spans), -1, 2).mean(2)
    half -= half.mean(1, keepdims=True)
    spectrum = np.fft.rfft(half, _FFT)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2, _FFT)[:, _LAGS]
    energy = np.pad(np.square(half).cumsum(1), ((0, 0), (1, 0)))
    size = half.shape[1]
    both = energy[:, size - _LAGS] * (energy[:, -1:] - energy[:, _LAGS])
    correlation /= np.sqrt(np.maximum(both, 0.0)) + _TINY
    inner = correlation[:, 1:-1]
    peak = (inner > correlation[:, :-2]) & (inner >= correlation[:, 2:])
    highest: NDArray[np.float32] = np.where(peak, inner, 0.0).max(1).clip(0.0, 1.0).astype(np.float32)
    return highest


def _decibels(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return 10.0 * np.log10(np.maximum(power, 0.0) + _TINY)
