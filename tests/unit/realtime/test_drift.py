"""Over an hour of simulated clocks every picture lies within 40 ms of the sound of the moment at which it was taken."""

from dataclasses import replace

import pytest

from tests.simulated_hour import PICTURES_PER_S, Hour, errors_of

AT_MOST_S = 0.04

EVERY_TEN_MINUTES = [float(second) for second in range(300, 3600, 600)]
STALLS = [(at, at + 1.8) for at in EVERY_TEN_MINUTES] + [(at + 7.0, at + 7.4) for at in EVERY_TEN_MINUTES]
LOST = [(at + 60.0, at + 60.5) for at in EVERY_TEN_MINUTES]
A_MINUTE = [(1200.0, 1260.0)]

HOURS = {
    "fast card": Hour(card_ppm=200.0),
    "slow card": Hour(card_ppm=-200.0),
    "late bursts of sound": Hour(card_ppm=-200.0, held=STALLS),
    "sound that is lost": Hour(card_ppm=200.0, lost=LOST),
    "sound that is lost unsaid": Hour(card_ppm=-200.0, lost=LOST, said=False),
    "card away for a minute": Hour(card_ppm=-200.0, gone=A_MINUTE),
    "late bursts of pictures": Hour(card_ppm=200.0, waits=STALLS, dropped=0.2),
    "camera away for a minute": Hour(card_ppm=-200.0, away=A_MINUTE),
    "camera without a clock": Hour(card_ppm=200.0, stamps=False, away=A_MINUTE),
    "all at once": Hour(
        card_ppm=-200.0,
        held=[(at + 0.5, at + 1.5) for at in EVERY_TEN_MINUTES],
        lost=LOST,
        gone=[(2000.0, 2060.0)],
        waits=STALLS,
        away=A_MINUTE,
        dropped=0.2,
    ),
}


def check(hour: Hour, seed: int) -> None:
    found = errors_of(hour, seed)
    away_s = sum(until_s - since_s for since_s, until_s in hour.away)
    expected = (1 - hour.dropped) * PICTURES_PER_S * (hour.length_s - 4.0 - away_s)
    assert len(found.seconds) + found.refused == pytest.approx(expected, rel=0.02)
    assert found.refused <= 0.002 * expected
    assert found.largest() <= AT_MOST_S


@pytest.mark.parametrize("name", ["fast card", "all at once"])
def test_an_hour_in_short(name):
    check(HOURS[name], seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("name", HOURS)
@pytest.mark.parametrize("seed", range(3))
def test_an_hour_in_full(name, seed):
    check(replace(HOURS[name], block_s=0.02), seed)
