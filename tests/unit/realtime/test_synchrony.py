"""Where sound and pictures change together their lag is found between the steps; else nothing is guessed."""

import numpy as np
import pytest

from realtime.synchrony import (
    AMBIGUOUS,
    NO_PEAK,
    TOO_SHORT,
    Synchrony,
    level_course,
    measure,
    motion_course,
)

LENGTH_S = 15.0


def spells(seed: int) -> list[tuple[float, float]]:
    random = np.random.default_rng(seed)
    found, at_s = [], 0.5
    while at_s < LENGTH_S - 1.5:
        until_s = at_s + random.uniform(0.1, 0.4)
        found.append((at_s, until_s))
        at_s = until_s + random.uniform(0.15, 0.7)
    return found


def inside(times_s: np.ndarray, on: list[tuple[float, float]]) -> np.ndarray:
    return np.any([(times_s >= since_s) & (times_s < until_s) for since_s, until_s in on], axis=0)


def sound(on: list[tuple[float, float]], late_s: float) -> np.ndarray:
    samples = np.random.default_rng(0).normal(0.0, 0.003, round(LENGTH_S * 16_000))
    samples[inside(np.arange(samples.size) / 16_000 - late_s, on)] += 0.2
    return level_course(samples.astype(np.float32))


def motion(on: list[tuple[float, float]], times_s: np.ndarray, restless: float = 2.0) -> np.ndarray:
    """Eight parts that move a little all the time, one of them much where something goes on or off."""
    parts = restless * np.random.default_rng(1).random((times_s.size, 8))
    parts[1:, 3] += 30.0 * np.diff(inside(times_s, on).astype(float)) ** 2
    return motion_course(times_s, parts.astype(np.float32))


@pytest.mark.parametrize("late_s", [-0.955, -0.123, 0.0, 0.017, 0.5])
@pytest.mark.parametrize("per_s", [12, 30])
def test_the_lag_is_found_between_the_steps(late_s, per_s):
    on = spells(3)
    found = measure(sound(on, late_s), motion(on, np.arange(0.0, LENGTH_S, 1 / per_s)))
    assert found.sound_late_s == pytest.approx(late_s, abs=0.15 / per_s + 0.002)
    assert found.confidence > 0.5


def test_pictures_may_come_at_any_times():
    on = spells(4)
    times_s = np.sort(np.random.default_rng(2).uniform(0.3, LENGTH_S, 400))
    assert measure(sound(on, 0.08), motion(on, times_s)).sound_late_s == pytest.approx(0.08, abs=0.01)


@pytest.mark.parametrize("seed", range(12))
def test_what_does_not_belong_together_is_not_guessed(seed):
    found = measure(sound(spells(seed), 0.0), motion(spells(seed + 100), np.arange(0.0, LENGTH_S, 0.04)))
    assert found.sound_late_s is None
    assert found.confidence == 0.0
    assert found.reason in (NO_PEAK, AMBIGUOUS)


def test_what_repeats_evenly_or_lies_too_far_apart_cannot_tell():
    even = [(at_s, at_s + 0.1) for at_s in np.arange(0.5, LENGTH_S - 1.0, 0.6)]
    on = spells(5)
    times_s = np.arange(0.0, LENGTH_S, 0.04)
    assert measure(sound(even, 0.1), motion(even, times_s)).sound_late_s is None
    assert measure(sound(on, 1.6), motion(on, times_s)).sound_late_s is None


def test_nothing_at_all_is_too_short():
    nothing = motion_course(np.empty(0), np.empty((0, 4), np.float32))
    assert nothing.shape == (0, 4)
    assert measure(level_course(np.empty(0, np.float32)), nothing) == Synchrony(None, 0.0, TOO_SHORT)


def test_motion_counts_for_all_the_time_in_which_it_happened():
    course = motion_course(np.array([0.0, 0.04, 0.1]), np.array([[9.0], [4.0], [2.0]], np.float32))
    assert course[:, 0] == pytest.approx([4.0] * 4 + [2.0] * 6)


def test_after_a_long_stand_motion_is_sudden():
    course = motion_course(np.array([0.1, 2.0]), np.array([[0.0, 0.0], [4.0, 1.0]], np.float32))
    assert course.shape == (200, 2)
    assert course[:, 0] == pytest.approx([0.0] * 180 + [4.0] * 20, abs=1e-5)
    assert course[:, 1] == pytest.approx(course[:, 0] / 4, abs=1e-5)
