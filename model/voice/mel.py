"""The mel spectrogram that resemblyzer's network reads, without its library: that one needs 20 s to warm up.

Power of 25 ms Hann windows every 10 ms in 40 bands of Slaney's mel scale and normalisation: what
`librosa.feature.melspectrogram` gives for `n_fft=400, hop_length=160, n_mels=40` at 16 kHz. It is no logarithm, so the
network hears how loud a voice is; every window is therefore brought to one level.
"""

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

from model.voice.sound import SAMPLE_RATE_HZ

BANDS = 40
HOP = 160  # samples: 10 ms
WINDOW = 400  # samples: 25 ms
_LINEAR_HZ_PER_MEL = 200.0 / 3
_LOG_FROM_HZ = 1000.0
_LOG_STEP = np.log(6.4) / 27.0


def mel_power(sound: NDArray[np.float32]) -> torch.Tensor:
    """(1 + T // 160, 40) power per 10 ms and band of (T,) samples at 16 kHz; outside of them is silence."""
    window = torch.hann_window(WINDOW)
    spectrum = torch.stft(
        torch.from_numpy(sound), WINDOW, HOP, window=window, center=True, pad_mode="constant", return_complex=True
    )
    power = torch.view_as_real(spectrum).square().sum(-1)
    return power.T @ torch.from_numpy(mel_bands())


def frame_power(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(F, 40) power per band of (F, 400) samples each: what `mel_power` gives for frames in the middle of them."""
    spectrum = np.fft.rfft(windows * _hann(), axis=1)
    power: NDArray[np.float32] = (spectrum.real**2 + spectrum.imag**2).astype(np.float32) @ mel_bands()
    return power


def at_level(sound: NDArray[np.float32], level_db: float) -> NDArray[np.float32]:
    """The same sound, as loud as that on average, dB below full scale; silence stays silent."""
    rms = float(np.sqrt(np.mean(np.square(sound), dtype=np.float64)))
    return sound if rms == 0.0 else (sound * np.float32(10 ** (level_db / 20) / rms))


@cache
def mel_bands() -> NDArray[np.float32]:
    """(201 frequencies, 40 bands) weights: triangles of equal area, evenly spaced on Slaney's mel scale to 8 kHz."""
    frequencies = np.linspace(0.0, SAMPLE_RATE_HZ / 2, WINDOW // 2 + 1)
    highest_mel = _LOG_FROM_HZ / _LINEAR_HZ_PER_MEL + np.log(SAMPLE_RATE_HZ / 2 / _LOG_FROM_HZ) / _LOG_STEP
    corners = _hertz(np.linspace(0.0, highest_mel, BANDS + 2))
    widths = np.diff(corners)
    slopes = corners[:, None] - frequencies[None, :]
    triangles = np.maximum(0.0, np.minimum(-slopes[:-2] / widths[:-1, None], slopes[2:] / widths[1:, None]))
    area = 2.0 / (corners[2:] - corners[:-2])
    return np.ascontiguousarray((triangles * area[:, None]).T, dtype=np.float32)


@cache
def _hann() -> NDArray[np.float32]:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slaney's scale: linear to 1 kHz, logarithmic above."""
    log_from = _LOG_FROM_HZ / _LINEAR_HZ_PER_MEL
    above = _LOG_FROM_HZ * np.exp(_LOG_STEP * (mels - log_from))
    return np.where(mels < log_from, mels * _LINEAR_HZ_PER_MEL, above)
