"""The compiled kernel, held to its formula in NumPy."""

import numpy as np
import pytest

from model.voice.prosody import HOP, LEVEL, PITCH, SILENCE_DB, SPAN, TILT, VOICING, measure
from tests.sounds import tone
from tests.speech import line

RATE_HZ = 16_000


def reference(frame: np.ndarray) -> list[float]:
    """One frame's measures, written for reading."""
    frame = frame.astype(np.float64) - frame.mean(dtype=np.float64)
    power = np.square(frame).sum()
    half = frame.reshape(-1, 2).mean(1)
    lags = np.arange(15, 130)
    correlations = np.array(
        [half[:-lag] @ half[lag:] / np.sqrt((half[:-lag] @ half[:-lag]) * (half[lag:] @ half[lag:])) for lag in lags]
    )
    peaks = [
        i
        for i in range(1, len(lags) - 1)
        if correlations[i] > correlations[i - 1] and correlations[i] >= correlations[i + 1]
    ]
    scores = {i: correlations[i] - 0.08 * np.log2(lags[i] / 16) for i in peaks}
    best = max(scores, key=scores.get)
    left, middle, right = correlations[best - 1 : best + 2]
    lag = lags[best] + 0.5 * (left - right) / (left - 2 * middle + right)
    return [
        10 * np.log10(power / SPAN + 1e-10),
        frame[1:] @ frame[:-1] / power,
        np.log2(8_000 / lag / 100),
        min(1.0, middle),
    ]


def test_speech_measures_as_the_formula_says():
    sound = line(1)[0][8_000:24_000].astype(np.float32)
    sound += np.random.default_rng(1).normal(0, 1e-3, sound.size).astype(np.float32)
    frames = 1 + (sound.size - SPAN) // HOP
    measured = measure(sound, frames)
    expected = np.array([reference(sound[HOP * t : HOP * t + SPAN]) for t in range(frames)])
    np.testing.assert_allclose(measured[:, [LEVEL, TILT]], expected[:, [LEVEL, TILT]], rtol=1e-4, atol=1e-4)
    found = measured[:, VOICING] > 0
    assert found.mean() > 0.9
    np.testing.assert_allclose(measured[found], expected[found], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("hz", [70, 100, 180, 260, 400, 490])
def test_a_tone_has_its_pitch_and_is_voiced(hz):
    overtones = sum(tone(hz * n, 0.3, level=0.2 / n) for n in (1, 2, 3))
    measured = measure(overtones.astype(np.float32), 10)
    np.testing.assert_allclose(2 ** measured[:, PITCH] * 100, hz, rtol=0.02)
    assert (measured[:, VOICING] > 0.9).all()


def test_level_is_that_of_the_mean_square():
    measured = measure(tone(200, 0.3, level=0.1).astype(np.float32), 10)
    np.testing.assert_allclose(measured[:, LEVEL], 10 * np.log10(0.1**2 / 2), atol=0.1)


def test_noise_is_not_voiced_and_brighter_than_a_low_tone():
    noise = measure(np.random.default_rng(0).normal(0, 0.1, RATE_HZ).astype(np.float32), 50)
    low = measure(tone(100, 1.0).astype(np.float32), 50)
    assert np.median(noise[:, VOICING]) < 0.4
    assert noise[:, TILT].max() < 0.5 < low[:, TILT].min()


def test_silence_has_no_pitch():
    measured = measure(np.zeros(RATE_HZ, np.float32), 20)
    np.testing.assert_array_equal(measured[:, [TILT, PITCH, VOICING]], 0)
    np.testing.assert_allclose(measured[:, LEVEL], SILENCE_DB)
