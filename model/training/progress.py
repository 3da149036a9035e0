"""What whoever watches a training is told."""

from dataclasses import dataclass
from typing import Protocol

from model.training.tuning import DevResult


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the optimiser.

    Attributes:
        run: Whose, such as `seed 1` or `stage goemotions`.
        number: From 1.
        total: Steps of the run.
        loss: Of this step's batch.
    """

    run: str
    number: int
    total: int
    loss: float


@dataclass(frozen=True, slots=True)
class Epoch:
    """The end of one epoch.

    Attributes:
        run: Whose, such as `seed 1` or `stage goemotions`.
        number: From 1.
        loss: Mean over the epoch.
        dev: On dev, with averaged weights, rounded as they are stored.
        recognised_pair_f1: Pair F1 on dev when its texts have neither case nor punctuation.
        best: Whether it is the best epoch of its run so far.
    """

    run: str
    number: int
    loss: float
    dev: DevResult
    recognised_pair_f1: float
    best: bool


class Progress(Protocol):
    """Who is told how training goes, and may end it."""

    @property
    def stopping(self) -> bool:
        """Whether to save the state and stop as soon as a step is done."""

    def embedded(self, texts: int, total: int) -> None:
        """The encoder's frozen part has read so many texts of a data set."""

    def step(self, step: Step) -> None:
        """A step was taken."""

    def epoch(self, epoch: Epoch) -> None:
        """An epoch ended and was measured."""

    def note(self, what: str) -> None:
        """Something a person should know."""


class Stopped(Exception):  # noqa: N818 - nothing went wrong: it was asked for
    """Training was asked to stop and has; the same command goes on from there."""
