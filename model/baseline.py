"""What a person is like when nothing in particular is the matter: subtracted, so that only what differs from it speaks.

A face that rests like anger is not angry for an hour. Who turns angry for a minute is: the baseline moves slowly.
"""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from model.config import Config


class BaselineSettings(Config):
    """How fast a person's baseline is believed, and how slowly it moves."""

    prior_s: float = Field(
        default=60.0,
        gt=0.0,
        le=3600.0,
        description="So many seconds of a person weigh as much as the belief that they are like everybody, seconds.",
    )
    half_life_s: float = Field(
        default=600.0,
        gt=0.0,
        le=86_400.0,
        description="After so much more of a person, what was heard or seen of them before counts half, seconds.",
    )
    most_people: int = Field(
        default=64, ge=1, le=10_000, description="So many people are remembered; who was away longest is forgotten."
    )


@dataclass(slots=True)
class _History:
    """The weighted mean of a person's vectors, (F,) float64, and the seconds that it still weighs."""

    mean: NDArray[np.float64]
    seconds: float


class PersonBaseline:
    """A slow running mean of each person's vectors, which is subtracted from the next one.

    Of a person heard for n seconds so far (older ones counting less), n / (n + prior) of the distance between their
    mean and the population's is subtracted. What was given out never changes, and depends on nothing but the calls
    before. Belongs to one modality of one conversation, whose end clears it.

    Args:
        settings: How fast and how slowly.
        population: (F,) mean vector of people in general: who is like it has nothing subtracted.
    """

    def __init__(self, settings: BaselineSettings, population: NDArray[np.float32]) -> None:
        self._settings = settings
        self._population = population.astype(np.float64)
        self._people: dict[Hashable, _History] = {}

    def __len__(self) -> int:
        return len(self._people)

    def subtract(self, person: Hashable, vector: NDArray[np.float32], seconds: float) -> NDArray[np.float32]:
        """A person's vector without what they were like before; from now on it counts to what they are like.

        Args:
            person: Who it is, as an id that stands for one person only.
            vector: (F,) finite values.
            seconds: From how much of the person they were read.

        Raises:
            ValueError: The vector has another shape or is not finite, or there were no seconds of it.
        """
        if vector.shape != self._population.shape or not np.isfinite(vector).all() or not 0 < seconds < float("inf"):
            raise ValueError(f"{seconds} s of a vector {vector} can be nobody's baseline")
        history = self._people.pop(person, None) or _History(self._population, 0.0)
        shrunk = history.seconds / (history.seconds + self._settings.prior_s)
        rest = vector - shrunk * (history.mean - self._population)
        self._people[person] = self._later(history, vector, seconds)
        if len(self._people) > self._settings.most_people:
            del self._people[next(iter(self._people))]
        return rest.astype(np.float32)

    def merge(self, kept: Hashable, gone: Hashable) -> None:
        """Two people are one, called `kept`, with the history that weighs more; unknown ones have none."""
        if kept == gone or gone not in self._people:
            return
        other = self._people.pop(gone)
        own = self._people.pop(kept, other)
        self._people[kept] = max(own, other, key=lambda history: history.seconds)

    def forget(self, person: Hashable) -> None:
        """Know nothing of a person any more."""
        self._people.pop(person, None)

    def clear(self) -> None:
        """Know nobody any more."""
        self._people.clear()

    def _later(self, history: _History, vector: NDArray[np.float32], seconds: float) -> _History:
        before_s = history.seconds * 0.5 ** (seconds / self._settings.half_life_s)
        weight_s = before_s + seconds
        return _History(history.mean + (vector - history.mean) * (seconds / weight_s), weight_s)
