"""How far a figure would move with other conversations of the same kind: percentile bootstrap intervals.

Whole conversations are drawn, with replacement, since utterances of one conversation are not independent (Efron and
Tibshirani 1993, "An Introduction to the Bootstrap", 13.3).
"""

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from model.config import Config
from model.evaluation.counts import Counted, Figures

RESAMPLES = 1000
LEVEL = 0.95


class Interval(Config):
    """Where a figure lies in 95 of 100 resamples of the conversations."""

    low: float = Field(description="2.5 % of the resamples lie below.")
    high: float = Field(description="2.5 % of the resamples lie above.")


def resamples(conversations: int, seed: int) -> Counted:
    """How often each of D conversations is drawn in each of R resamples, (R, D); each row sums to D."""
    chance = np.random.default_rng(seed)
    return chance.multinomial(conversations, np.full(conversations, 1 / max(conversations, 1)), RESAMPLES)


def intervals(figures: Mapping[str, Figures]) -> dict[str, Interval]:
    """The interval of each figure, given its value (R,) in every resample."""
    return {name: interval(values) for name, values in figures.items()}


def interval(values: Figures) -> Interval:
    """The interval of one figure, given its value (R,) in every resample."""
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    return Interval(low=low, high=high)
