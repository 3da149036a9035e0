"""Growth with time, of series whose growth is known."""

import numpy as np
import pytest

from edge.bench.figures import slope


def test_a_line_has_its_slope_and_no_error():
    growth = slope([0.0, 1800.0, 3600.0], [5.0, 6.0, 7.0])
    assert growth.per_hour == pytest.approx(2.0)
    assert growth.standard_error == pytest.approx(0.0, abs=1e-9)
    assert growth.rounded() == {"per_hour": 2.0, "standard_error": 0.0}


def test_noise_around_a_line_is_within_its_error():
    random = np.random.default_rng(0)
    moments = np.linspace(0.0, 7200.0, 500)
    growth = slope(moments, 3.0 * moments / 3600 + random.normal(0.0, 10.0, 500))
    assert abs(growth.per_hour - 3.0) < 3 * growth.standard_error
    assert 0.5 < growth.standard_error < 1.0


@pytest.mark.parametrize("moments", [[], [1.0, 2.0], [5.0, 5.0, 5.0]])
def test_too_little_says_nothing(moments):
    assert slope(moments, moments) is None
