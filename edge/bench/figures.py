"""Medians and percentiles of measured times."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np


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
