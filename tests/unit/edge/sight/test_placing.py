"""Pictures lie beside the sound of their moment, moved by the setting, each after the one before."""

import pytest

from edge.sight.placing import Placing
from realtime.media_clock import MediaClock


def heard(end_s: float, arrived_at: float) -> MediaClock:
    clock = MediaClock()
    clock.observe(end_s, arrived_at)
    return clock


@pytest.mark.parametrize("offset_s", [0.0, 0.12, -0.3])
def test_pictures_that_come_later_than_the_sound_are_placed_earlier(offset_s):
    assert Placing(heard(10.0, 110.0), offset_s).time_s(105.0) == pytest.approx(5.0 - offset_s)


def test_before_the_sound_there_is_no_place():
    assert Placing(MediaClock(), 0.0).time_s(100.0) is None
    placing = Placing(heard(10.0, 110.0), 0.5)
    assert placing.time_s(100.4) is None
    assert placing.time_s(100.6) == pytest.approx(0.1)


def test_a_picture_never_lies_before_the_one_that_came_before_it():
    clock = heard(10.0, 110.0)
    placing = Placing(clock, 0.0)
    assert placing.time_s(110.0) == pytest.approx(10.0)
    clock.observe(16.0, 116.2)  # a fifth of a second was never heard
    assert placing.time_s(110.1) is None
    assert placing.time_s(110.0) is None
    assert placing.time_s(110.3) == pytest.approx(10.1)
