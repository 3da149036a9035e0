import numba
import numpy as np
import pytest
import torch

from realtime.incremental.fused import arithmetic

LOWEST, HIGHEST = -87.0, 88.0  # where `exp` ends
FAR = [-3e38, -1e30, -1e5, 1e5, 1e30, 3e38]
POINTS = np.unique(
    np.concatenate(
        [np.linspace(-100, 100, 400_001), np.linspace(-10, 10, 400_001), np.linspace(-1e-3, 1e-3, 2_001), FAR]
    ).astype(np.float32)
)


@numba.njit
def of_all(x, out):
    for place in range(x.size):
        out[0, place] = arithmetic.exp(x[place])
        out[1, place] = arithmetic.sigmoid(x[place])
        out[2, place] = arithmetic.tanh(x[place])
        out[3, place] = arithmetic.gelu(x[place])


@pytest.fixture(scope="module")
def values():
    """Per function, its value at every point."""
    out = np.empty((4, POINTS.size), np.float32)
    of_all(POINTS, out)
    return dict(zip(("exp", "sigmoid", "tanh", "gelu"), out, strict=True))


def test_exp_errs_by_less_than_a_ten_millionth_of_its_value(values):
    exact = np.exp(POINTS.astype(np.float64).clip(LOWEST, HIGHEST))

    assert (abs(values["exp"] - exact) < 1e-7 * exact).all()


def test_exp_is_constant_beyond_its_range(values):
    assert np.unique(values["exp"][POINTS <= LOWEST]).size == 1
    assert np.unique(values["exp"][POINTS >= HIGHEST]).size == 1


@pytest.mark.parametrize(
    "name, function",
    [("sigmoid", torch.sigmoid), ("tanh", torch.tanh), ("gelu", torch.nn.functional.gelu)],
)
def test_the_others_err_by_less_than_their_bound(values, name, function):
    exact = function(torch.from_numpy(POINTS).double()).numpy()

    assert (abs(values[name] - exact) < 2.5e-7 * abs(exact).clip(1)).all()


def test_values_are_finite_and_within_bounds_however_far_out(values):
    assert all(np.isfinite(of).all() for of in values.values())
    assert values["sigmoid"].min() >= 0
    assert values["sigmoid"].max() == values["tanh"].max() == 1
    assert values["tanh"].min() == -1
    assert abs(values["gelu"][POINTS < -20]).max() < 1e-30
    assert (values["gelu"][POINTS > 20] == POINTS[POINTS > 20]).all()
