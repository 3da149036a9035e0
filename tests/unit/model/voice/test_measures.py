"""Measures of sound against sounds whose measures are known."""

import numpy as np
import pytest

from model.voice.measures import SILENCE_DB, measured, voicing
from tests.sounds import tone

RATE_HZ = 16_000


def noise(length_s, level=0.1):
    return (level * np.random.default_rng(3).standard_normal(round(length_s * RATE_HZ))).astype(np.float32)


def voice(hz, length_s=1.0, level=0.1):
    """A sum of harmonics, as a voice is."""
    return sum(tone(hz * number, length_s, level=level / number) for number in range(1, 6))


def test_a_voice_among_silence_is_measured_where_it_speaks():
    sound = np.concatenate([noise(0.5, 0.001), voice(120.0) + noise(1.0, 0.001), noise(0.5, 0.001)])
    found = measured(sound)
    assert found.spoken_s == pytest.approx(1.0, abs=0.06)  # a frame looks at 50 ms
    assert found.voiced_share > 0.95
    assert found.level_db == pytest.approx(10 * np.log10(np.mean(voice(120.0) ** 2)), abs=0.5)
    assert found.snr_db == pytest.approx(found.level_db + 60.0, abs=1.0)
    assert found.clipped_share == 0.0


@pytest.mark.parametrize("hz", [65.0, 120.0, 220.0, 390.0])
def test_voices_high_and_deep_are_voiced(hz):
    assert measured(voice(hz)).voiced_share > 0.9


def test_hiss_is_not_voiced_however_loud():
    found = measured(noise(1.0))
    assert found.voiced_share < 0.05
    assert found.snr_db < 3.0
    assert found.spoken_s == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("hz", [30.0, 3000.0])
def test_what_is_no_pitch_of_a_voice_says_nothing_wild(hz):
    """A tone outside a voice's range still repeats at some lag within it: no more than that is claimed."""
    assert 0.0 <= measured(tone(hz, 1.0)).voiced_share <= 1.0


@pytest.mark.parametrize("size", [0, 1, 159])
def test_less_than_a_frame_is_nothing(size):
    assert measured(np.ones(size, np.float32)).spoken_s == 0.0


@pytest.mark.parametrize("sound", [np.zeros(RATE_HZ, np.float32), noise(1.0, 1e-5), np.full(RATE_HZ, 0.5, np.float32)])
def test_silence_is_not_speech(sound):
    """A steady offset is silence, too, but for the two edges where it begins and ends."""
    found = measured(sound)
    assert found.spoken_s <= 0.06
    if found.spoken_s == 0.0:
        assert (found.voiced_share, found.level_db, found.snr_db) == (0.0, SILENCE_DB, 0.0)


def test_the_share_that_is_clipped_is_counted():
    sound = np.clip(tone(200.0, 1.0, level=2.0), -1.0, 1.0)
    assert measured(sound).clipped_share == pytest.approx(2 / 3, abs=0.01)  # beyond half of its amplitude


def test_many_frames_are_measured_as_few_are():
    spans = np.lib.stride_tricks.sliding_window_view(voice(150.0, 7.0) + noise(7.0, 0.05), 800)[::160]
    assert len(spans) > 500
    assert np.array_equal(voicing(spans)[:3], voicing(spans[:3]))
    assert voicing(spans[:0]).shape == (0,)
