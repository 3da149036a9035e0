"""Cutting sound into pieces changes nothing about how it is resampled."""

import numpy as np
import pytest

from edge.sound.resampler import Resampler, packed_frame
from tests.sounds import tone


def resampled(samples: np.ndarray, rate_hz: int, size: int) -> np.ndarray:
    resampler = Resampler.of_channels(samples.shape[0])
    cuts = range(0, samples.shape[1], size)
    parts = [resampler.push(packed_frame(samples[:, start : start + size], rate_hz)) for start in cuts]
    return np.concatenate([*parts, resampler.flush()], axis=1)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2, 3, 8])
def test_pieces_equal_the_whole(rate_hz, channels):
    samples = np.stack([tone(300 * (number + 1), 0.5, rate_hz) for number in range(channels)])
    whole, pieces = resampled(samples, rate_hz, samples.shape[1]), resampled(samples, rate_hz, 441)
    assert whole.shape == (channels, 8000)
    assert whole.dtype == np.float32
    assert np.allclose(whole, pieces, atol=1e-6)


def test_nothing_leaves_the_range():
    square = np.sign(tone(440, 0.5, 44_100, level=1.0))[None]
    assert np.abs(resampled(square, 44_100, 441)).max() <= 1.0
