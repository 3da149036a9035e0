"""Medians and percentiles of what was measured, and how it changes with time."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

_HOUR_S: Final = 3600.0
_LINE: Final = 2  # parameters of a line


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Percentiles of a series, in its own unit, and how many values it has."""

    p50: float
    p95: float
    p99: float
    count: int

    def rounded(self) -> dict[str, float]:
        """As JSON values, rounded to a tenth."""
        return {name: round(value, 1) for name, value in asdict(self).items()}


def quantiles(values: Sequence[float]) -> Quantiles:
    """The percentiles of a series; of an empty one, zeros."""
    if not values:
        return Quantiles(0.0, 0.0, 0.0, 0)
    p50, p95, p99 = np.percentile(values, (50, 95, 99))
    return Quantiles(float(p50), float(p95), float(p99), len(values))


@dataclass(frozen=True, slots=True)
class Slope:
    """How much something grows with time, by least squares.

    Attributes:
        per_hour: In its own unit per hour.
        standard_error: Of that, were the deviations from the line independent. There is no growth to speak of where it
            is within two or so of these of zero.
    """

    per_hour: float
    standard_error: float

    def rounded(self) -> dict[str, float]:
        """As JSON values, rounded to a hundredth."""
        return {name: round(value, 2) for name, value in asdict(self).items()}


def slope(moments_s: Sequence[float], values: Sequence[float]) -> Slope | None:
    """The slope of a series.

    Args:
        moments_s: When each value was measured, seconds.
        values: The values.

    Returns:
        None where there are fewer than three, or all at one moment: they say nothing about growth.
    """
    if len(values) <= _LINE or min(moments_s) == max(moments_s):
        return None
    hours = np.asarray(moments_s) / _HOUR_S
    hours -= hours.mean()
    spread = float(hours @ hours)
    per_hour = float(hours @ np.asarray(values)) / spread
    residuals = np.asarray(values) - np.mean(values) - per_hour * hours
    return Slope(per_hour, float(np.sqrt(residuals @ residuals / (len(values) - _LINE) / spread)))
