"""What a run learns from, and what it is measured on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from model.decision import Decision
from model.training.examples import Example

Varied = Callable[[Example, Random], Example]
"""An example as it is shown this time."""


def as_it_is(example: Example, _random: Random) -> Example:
    """The example itself, every time."""
    return example


@dataclass(frozen=True, slots=True)
class Lessons:
    """What one run is given.

    Attributes:
        learn: What to learn from.
        dev: What to measure on; wholly annotated.
        varied: Called each time an example is shown in training, before its presentation is drawn.
        decision: What dev is measured with; None: fitted on it anew after every epoch.
    """

    learn: Sequence[Example]
    dev: Sequence[Example]
    varied: Varied = as_it_is
    decision: Decision | None = None
