"""Late is not lost: only what never catches up is."""

import random

import pytest

from edge.sound.losses import LossWatch

BLOCK_S = 0.02


def run(arrivals, overruns=()) -> list[tuple[int, float]]:
    """(number of the block, seconds lost before it) for blocks of 20 ms that arrive at these moments."""
    watch, told = LossWatch(), []
    for number, arrived_at in enumerate(arrivals):
        if lost_s := watch.observe(BLOCK_S, arrived_at, overrun=number in overruns):
            watch.told(lost_s)
            told.append((number, lost_s))
    return told


def punctual(count: int, begin_s: float = 0.0) -> list[float]:
    return [begin_s + number * BLOCK_S for number in range(count)]


def test_jitter_is_no_loss():
    jitter = random.Random(1)
    assert run([moment + jitter.expovariate(30) for moment in punctual(5000)]) == []


def test_a_machine_that_stops_for_seconds_and_catches_up_loses_nothing():
    arrivals = punctual(1000)
    assert run([max(moment, 5.0) if 2.0 < moment < 5.0 else moment for moment in arrivals]) == []


@pytest.mark.parametrize("lost_s", [0.12, 0.5, 3.0])
def test_blocks_that_never_come_are_lost(lost_s):
    [(number, told_s)] = run(punctual(100) + punctual(200, 2.0 + lost_s))
    assert told_s == pytest.approx(lost_s, abs=2e-3)
    assert number == pytest.approx(150, abs=2)


def test_a_reported_overrun_is_told_sooner_and_at_least_as_one_block():
    [(number, told_s)] = run(punctual(100) + punctual(100, 2.05), overruns={100})
    assert told_s == pytest.approx(0.05, abs=2e-3)
    assert number == pytest.approx(110, abs=1)
    [(_, least_s)] = run(punctual(200), overruns={100})
    assert least_s == BLOCK_S


def test_several_losses_are_told_one_by_one():
    arrivals = [*punctual(200), *punctual(200, 4.4), *punctual(200, 9.0)]
    assert [round(lost_s, 2) for _, lost_s in run(arrivals)] == [0.4, 0.6]


@pytest.mark.parametrize("error", [-2e-4, -5e-5, 5e-5, 2e-4])
def test_a_sound_card_with_a_slow_or_fast_clock_loses_nothing(error):
    assert run([moment * (1 + error) for moment in punctual(200_000)]) == []
