"""Clips varied as rooms, microphones and telephones vary them, so that the network knows a voice in any of them."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

from model.voice.sound import SAMPLE_RATE_HZ

_FRAME: Final = 160
_GATE_DB: Final = 30.0
_LEAD: Final = 0.3  # seconds of silence before and after the speech, at most
_TELEPHONE: Final = butter(4, (300, 3400), "bandpass", fs=SAMPLE_RATE_HZ, output="sos")
_SPEEDS: Final = ((9, 10), (19, 20), (1, 1), (20, 19), (10, 9))


def trimmed(sound: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """The sound from its first loud moment to its last, with a little of the silence around it, as a segmenter cuts."""
    frames = sound[: len(sound) // _FRAME * _FRAME].reshape(-1, _FRAME)
    level = 10 * np.log10(np.square(frames, dtype=np.float64).mean(1) + 1e-10)
    loud = np.flatnonzero(level > level.max() - _GATE_DB)
    before, after = (random.uniform(0, _LEAD, 2) * SAMPLE_RATE_HZ).astype(int)
    return sound[max(0, loud[0] * _FRAME - before) : (loud[-1] + 1) * _FRAME + after]


def varied(sound: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """The clip in another room, with other noise, elsewhere on the tape; each change has a chance of its own."""
    up, down = _SPEEDS[random.integers(len(_SPEEDS))]
    if up != down and random.random() < 0.5:  # noqa: PLR2004 - half of them
        sound = resample_poly(sound, up, down).astype(np.float32)
    if random.random() < 0.4:  # noqa: PLR2004 - likewise
        sound = _in_a_room(sound, random)
    if random.random() < 0.6:  # noqa: PLR2004 - likewise
        sound = _in_noise(sound, random)
    if random.random() < 0.2:  # noqa: PLR2004 - likewise
        sound = sosfilt(_TELEPHONE, sound).astype(np.float32)
    return _at_some_level(sound, random)


def _in_a_room(sound: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """With the echo of a room: noise that decays by 60 dB in 0.15 to 0.7 s, 3 to 15 dB below the direct sound."""
    decay_s = random.uniform(0.15, 0.7)
    times = np.arange(int(decay_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    echo = random.standard_normal(times.size) * np.exp(-6.9 * times / decay_s)
    echo *= 10 ** (-random.uniform(3, 15) / 20) / np.sqrt(np.square(echo).sum())
    echo[0] = 1.0
    heard: NDArray[np.float32] = fftconvolve(sound, echo)[: len(sound)].astype(np.float32)
    return heard


def _in_noise(sound: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """With noise between white and brown, 5 to 35 dB below the sound."""
    spectrum = np.fft.rfft(random.standard_normal(len(sound)))
    spectrum /= np.maximum(1.0, np.arange(spectrum.size)) ** random.uniform(0, 1)
    noise = np.fft.irfft(spectrum, len(sound))
    snr = 10 ** (-random.uniform(5, 35) / 20)
    loudness = np.sqrt(np.square(sound, dtype=np.float64).mean() / np.square(noise).mean())
    noisy: NDArray[np.float32] = (sound + noise * loudness * snr).astype(np.float32)
    return noisy


def _at_some_level(sound: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """With its peak 1 to 30 dB below full scale; now and then too loud for the microphone, and clipped."""
    peak = max(1e-6, float(np.abs(sound).max()))
    if random.random() < 0.1:  # noqa: PLR2004 - now and then
        loud: NDArray[np.float32] = np.clip(sound / np.float32(peak) * np.float32(random.uniform(1.2, 3)), -1, 1)
        return loud
    quieter: NDArray[np.float32] = sound / np.float32(peak) * np.float32(10 ** (-random.uniform(1, 30) / 20))
    return quieter
