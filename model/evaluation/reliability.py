"""Whether a probability of 70 % comes true in 70 % of the cases."""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from model.config import Config

CALIBRATION_BINS = 15
"""Equal-width bins of confidence; the usual number (Guo et al. 2017, "On Calibration of Modern Neural Networks")."""


class ReliabilityBin(Config):
    """Decisions of about the same probability, and how often they were right."""

    low: float = Field(ge=0, le=1, description="Least probability in this bin.")
    high: float = Field(ge=0, le=1, description="Greatest probability in this bin.")
    count: int = Field(ge=1, description="Decisions in it.")
    confidence: float = Field(description="Their mean probability.")
    accuracy: float = Field(description="Share of them that was right.")


def reliability(confidences: Sequence[float], correct: Sequence[bool]) -> tuple[ReliabilityBin, ...]:
    """Decisions sorted into 15 equal-width bins of probability; empty bins are left out.

    Args:
        confidences: N probabilities in [0, 1] of the decisions taken.
        correct: N times whether that decision was right.

    Raises:
        ValueError: The lengths differ, or a confidence lies outside [0, 1].
    """
    if len(confidences) != len(correct):
        raise ValueError(f"{len(confidences)} confidences do not belong to {len(correct)} decisions")
    sure, right = np.asarray(confidences, np.float64), np.asarray(correct, np.float64)
    if not ((sure >= 0) & (sure <= 1)).all():
        raise ValueError("a confidence lies outside [0, 1]")
    places = np.minimum((sure * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    counts, sures, rights = (
        np.bincount(places, weights, CALIBRATION_BINS).tolist() for weights in (np.ones_like(sure), sure, right)
    )
    return tuple(
        ReliabilityBin(
            low=index / CALIBRATION_BINS,
            high=(index + 1) / CALIBRATION_BINS,
            count=int(count),
            confidence=sures[index] / count,
            accuracy=rights[index] / count,
        )
        for index, count in enumerate(counts)
        if count
    )


def expected_error(bins: Sequence[ReliabilityBin]) -> float:
    """Expected calibration error: the gap between confidence and accuracy, weighted by number of decisions."""
    total = sum(each.count for each in bins)
    return sum(each.count * abs(each.accuracy - each.confidence) for each in bins) / total if total else 0.0


def calibration_error(confidences: Sequence[float], correct: Sequence[bool]) -> float:
    """Expected calibration error of N decisions over 15 equal-width bins. Raises as `reliability` does."""
    return expected_error(reliability(confidences, correct))
