"""Medians and percentiles of measured times, and the machine they were measured on."""

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

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


def this_machine() -> dict[str, Any]:
    """What a figure depends on: processor, cores, Python and PyTorch."""
    names = Path("/proc/cpuinfo")
    lines = names.read_text(encoding="utf-8").splitlines() if names.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.platform(),
        "python": platform.python_version(),
        "torch": version("torch"),
        "undertone": version("undertone"),
    }
