"""A running average of the weights over the steps of training: it generalises better than the last weights do."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


class WeightAverage:
    """Exponential moving average of parameters.

    Args:
        parameters: What to average.
        decay: Weight of the past, 0 to 1; it rises to this from 0 over the first steps.
    """

    def __init__(self, parameters: Sequence[nn.Parameter], decay: float) -> None:
        self._parameters = list(parameters)
        self._decay = decay
        self._average: list[Tensor] = [parameter.detach().clone() for parameter in parameters]
        self._steps = 0

    @torch.no_grad()
    def update(self) -> None:
        """Take in the weights after a step."""
        self._steps += 1
        decay = min(self._decay, (1 + self._steps) / (10 + self._steps))
        torch._foreach_lerp_(self._average, [p.detach() for p in self._parameters], 1 - decay)

    def state(self) -> dict[str, Any]:
        """Everything it must know to go on from here."""
        return {"average": self._average, "steps": self._steps}

    @torch.no_grad()
    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        self._steps = state["steps"]
        for average, value in zip(self._average, state["average"], strict=True):
            average.copy_(value)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Inside, the parameters hold the average, rounded to float16 as it is stored; afterwards, what they held."""
        held = [parameter.detach().clone() for parameter in self._parameters]
        self._copy([average.half() for average in self._average])
        try:
            yield
        finally:
            self._copy(held)

    @torch.no_grad()
    def _copy(self, values: Sequence[Tensor]) -> None:
        for parameter, value in zip(self._parameters, values, strict=True):
            parameter.copy_(value)
