"""What a face expresses over time, steadied so that it can be watched."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.emotions import EKMAN_LABELS
from realtime.faces.sighting import view_quality
from realtime.faces.timeline import FaceView

_STEADY_S: Final = 1.0
_MARGIN: Final = 0.1  # of probability, by which another label must lead before it takes over
_BREAK_S: Final = 5.0  # after which a face begins anew


@dataclass(frozen=True, slots=True)
class Expression:
    """What a face expresses at a media time: (7,) probabilities of `EKMAN_LABELS`, and the label to show."""

    time_s: float
    probabilities: NDArray[np.float32]
    label: str


class ExpressionCourse:
    """The expressions of one face, smoothed with a time constant of 1 s, by the quality of each view.

    The label stays until another one leads it by 0.1, so that it does not flicker between two that are alike. For
    display only: an utterance is given the mean over its pictures, which needs none of it.
    """

    def __init__(self) -> None:
        self._mean: NDArray[np.float32] | None = None
        self._time_s = -math.inf
        self._label = ""

    def add(self, time_s: float, view: FaceView) -> Expression | None:
        """Take in the next picture of the face; None where nothing could be read of it so far."""
        if time_s - self._time_s > _BREAK_S:
            self._mean, self._label = None, ""
        if view.logits is None:
            return None if self._mean is None else self._shown(time_s, self._mean)
        if self._mean is None:
            self._mean = view.logits
        else:
            quality = view_quality(view.width_px, view.sharpness, view.frontal)
            share = 1.0 - math.exp(-quality * (time_s - self._time_s) / _STEADY_S)
            self._mean = self._mean + np.float32(share) * (view.logits - self._mean)
        self._time_s = time_s
        return self._shown(time_s, self._mean)

    def _shown(self, time_s: float, logits: NDArray[np.float32]) -> Expression:
        odds = np.exp(logits - logits.max())
        probabilities = (odds / odds.sum()).astype(np.float32)
        leading = EKMAN_LABELS[int(probabilities.argmax())]
        shown = probabilities[EKMAN_LABELS.index(self._label)] if self._label else -1.0
        if probabilities.max() >= shown + _MARGIN:
            self._label = leading
        return Expression(time_s, probabilities, self._label)
