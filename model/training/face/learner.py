"""The face network while it learns: one step, and the running average that is kept in the end."""

import copy
import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from model.face.network import FaceNetwork, standardised
from model.training.face.settings import FaceTrainSettings
from model.training.face.variation import varied

_LEAST_RATE = 1e-5


class FaceLearner:
    """A network, its optimiser, and the running average of its weights and statistics.

    Args:
        settings: Of the training.
        steps: How many there will be.
        begun: A network to go on from; None begins anew.

    Attributes:
        average: The running average, in evaluation mode: what is measured and kept.
        taken: Steps taken.
        steps: Of the whole run.
    """

    def __init__(self, settings: FaceTrainSettings, steps: int, begun: FaceNetwork | None = None) -> None:
        self._optimisation, self._variation = settings.optimisation, settings.variation
        self._network = FaceNetwork(settings.network)
        if begun is not None:
            self._network.load_state_dict(begun.state_dict())
        self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # torch's stubs lack it
        self.average = copy.deepcopy(self._network).requires_grad_(False).eval()  # noqa: FBT003 - torch's own
        self.taken, self.steps = 0, steps
        groups: list[dict[str, Any]] = [
            {"params": [p for p in self._network.parameters() if p.ndim > 1]},
            {"params": [p for p in self._network.parameters() if p.ndim <= 1], "weight_decay": 0.0},
        ]
        self._optimiser = torch.optim.SGD(
            groups,
            weight_decay=self._optimisation.weight_decay,
            lr=self._optimisation.rate,
            momentum=self._optimisation.momentum,
            nesterov=self._optimisation.momentum > 0,
        )

    def step(self, pixels: Tensor, labels: Tensor) -> float:
        """Learn from (B, 48, 48) pictures and their (B,) labels, and say the loss."""
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate()
        faces = varied(standardised(pixels), self._variation).contiguous(memory_format=torch.channels_last)
        self._network.train()
        with torch.autocast("cpu", torch.bfloat16, enabled=self._optimisation.half_precision):
            logits = self._network(faces)
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=self._optimisation.smoothing)
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        self.taken += 1
        self._take_in()
        return loss.item()

    def state(self) -> dict[str, Any]:
        """Everything it must know to go on from here."""
        return {
            "network": self._network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "taken": self.taken,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave. Raises RuntimeError, ValueError or KeyError if it is another network's."""
        self._network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.taken = state["taken"]

    def _rate(self) -> float:
        """Up in a straight line, then down along half a cosine."""
        peak, rising = self._optimisation.rate, self._optimisation.warm_up * self.steps
        if self.taken < rising:
            return peak * self.taken / rising
        falling = (self.taken - rising) / (self.steps - rising)
        return peak * 0.5 * (1 + math.cos(math.pi * falling)) + _LEAST_RATE

    @torch.no_grad()
    def _take_in(self) -> None:
        """The weights after a step, into the average; early on, the past weighs less."""
        past = min(self._optimisation.averaging, (1 + self.taken) / (10 + self.taken))
        for average, now in zip(self.average.state_dict().values(), self._network.state_dict().values(), strict=True):
            if average.is_floating_point():
                average.lerp_(now, 1 - past)
            else:
                average.copy_(now)  # how many batches were seen
