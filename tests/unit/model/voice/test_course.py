import numpy as np
import pytest
import torch

from model.voice.blocks import VECTOR, loud_frames, pooled
from model.voice.course import Course
from model.voice.mel import WINDOW, frame_power, mel_power
from model.voice.trunk import Trunk
from tests.speech import line


@pytest.fixture(scope="module")
def trunk() -> Trunk:
    return Trunk.load()


@pytest.fixture(scope="module")
def sound() -> np.ndarray:
    return line(1)[0].astype(np.float32)


def heard(trunk: Trunk, sound: np.ndarray, piece: int) -> Course:
    course = Course(trunk)
    for start in range(0, sound.size, piece):
        course.push(sound[start : start + piece])
    return course


def test_it_does_not_matter_how_the_sound_is_handed_over(trunk, sound):
    whole = pooled(heard(trunk, sound, sound.size).between(0, 60))
    assert whole.shape == (VECTOR,)
    assert np.abs(whole).max() > 0
    for piece in (160, 512, 7_777):
        np.testing.assert_array_equal(pooled(heard(trunk, sound, piece).between(0, 60)), whole)


def test_asking_early_changes_nothing_of_what_comes(trunk, sound):
    course = Course(trunk)
    for start in range(0, sound.size, 4_000):
        course.push(sound[start : start + 4_000])
        course.between(0, 60)
    np.testing.assert_array_equal(pooled(course.between(0, 60)), pooled(heard(trunk, sound, 512).between(0, 60)))


def test_what_comes_later_does_not_change_an_earlier_stretch(trunk, sound):
    other = np.concatenate((sound[:24_000], np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)))
    first, second = (pooled(heard(trunk, each, 512).between(0, 1.0)) for each in (sound, other))
    np.testing.assert_array_equal(first, second)


def test_how_loud_the_recording_is_says_nothing(trunk, sound):
    loud, quiet = (heard(trunk, sound * gain, 512).between(0, 60) for gain in (np.float32(1), np.float32(0.1)))
    np.testing.assert_allclose(
        pooled(loud)[:256], pooled(quiet)[:256], atol=0.05
    )  # all but for what precedes the voice
    assert loud_frames(loud)[2] - loud_frames(quiet)[2] == pytest.approx(20, abs=0.1)


def test_a_stretch_is_the_blocks_of_its_time(trunk, sound):
    course = heard(trunk, sound, 512)
    assert len(course.between(0.0, 1.0)) == 5
    assert len(course.between(0.4, 0.5)) == 1
    assert course.between(0.4, 1.0)[0] is course.between(0.0, 1.0)[2]
    assert len(course.between(100.0, 101.0)) == 1
    assert len(course.between(-1.0, 0.4)) == 2


def test_of_nothing_and_of_silence_nothing_is_said(trunk):
    for samples in (0, 100, 16_000):
        course = heard(trunk, np.zeros(samples, np.float32), 512)
        blocks = course.between(0.0, 1.0)
        assert loud_frames(blocks) == (0, 0, pytest.approx(-100.0))
        np.testing.assert_array_equal(pooled(blocks), 0)


def test_means_and_deviations_are_those_of_the_loud_frames(trunk, sound):
    course = heard(trunk, sound, 512)
    blocks = course.between(0.0, 60.0)
    padded = np.concatenate((np.zeros(200, np.float32), sound, np.zeros(400, np.float32)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::160]
    bands = 10 * np.log10(frame_power(windows) + 1e-9)
    levels = np.concatenate([block.levels_db for block in blocks])
    ends = np.cumsum([block.levels_db.size for block in blocks])
    loudest = np.repeat(np.maximum.accumulate([levels[:end].max() for end in ends]), np.diff(ends, prepend=0))
    loud = levels > np.maximum(loudest - 30, -65)
    expected = bands[: levels.size][loud]
    vector = pooled(blocks)
    np.testing.assert_allclose(vector[256:296], expected.mean(0) - levels[loud].mean(), atol=2e-3)
    np.testing.assert_allclose(vector[298 + 256 : 298 + 296], expected.std(0), atol=2e-3)


def test_mel_power_of_windows_is_that_of_the_whole(sound):
    padded = np.concatenate((np.zeros(200, np.float32), sound, np.zeros(200, np.float32)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::160]
    torch.testing.assert_close(torch.from_numpy(frame_power(windows)), mel_power(sound), rtol=1e-3, atol=1e-6)
