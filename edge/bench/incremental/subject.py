"""The networks that are measured: the shipped one, and one of the same sizes that looks ahead."""

from dataclasses import dataclass
from typing import Any

import torch

from model.checkpoint import Checkpoint
from model.decision import Decision
from model.modality import Modality
from model.networks.mtml import MTML
from model.networks.narrowing import narrowed

LEAST_THRESHOLD = 1e-9
"""Of a link: so low that every candidate's probability is among the results."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A network to measure.

    Attributes:
        network: In evaluation mode.
        decision: Its temperatures, with a threshold that lets every candidate through.
        drawn: Names of the parameters that are random, because the shipped ones have another shape.
    """

    network: MTML
    decision: Decision
    drawn: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """What it is, as JSON values."""
        settings = self.network.settings
        return {
            "settings": settings.model_dump(mode="json"),
            "emotion_horizon": settings.emotion_horizon,
            "cause_horizon": settings.cause_horizon,
            "reach": settings.reach,
            "parameters": "shipped, but for those drawn at random" if self.drawn else "shipped",
            "drawn_parameters": self.drawn,
        }


def shipped(checkpoint: Checkpoint) -> Subject:
    """The network as it is shipped, for words alone."""
    return Subject(_for_words(checkpoint), _telling_all(checkpoint.card.decision), ())


def looking_ahead(checkpoint: Checkpoint, seed: int) -> Subject:
    """The same settings, but one utterance ahead per layer; what has the same shape has the same values.

    Args:
        checkpoint: The shipped one.
        seed: Of the parameters that have another shape.
    """
    shipped_network = _for_words(checkpoint)
    settings = shipped_network.settings
    ahead = settings.model_copy(update={"graph": settings.graph.model_copy(update={"ahead": 1})})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = MTML(ahead)
    own, shipped_values = network.state_dict(), shipped_network.state_dict()
    drawn = tuple(name for name, values in own.items() if values.shape != shipped_values[name].shape)
    with torch.no_grad():
        for name in own.keys() - set(drawn):
            own[name].copy_(shipped_values[name])
    return Subject(network.requires_grad_(requires_grad=False).eval(), _telling_all(checkpoint.card.decision), drawn)


def _for_words(checkpoint: Checkpoint) -> MTML:
    return narrowed(checkpoint.network, (Modality.TEXT,))


def _telling_all(decision: Decision) -> Decision:
    return decision.model_copy(update={"link_threshold": LEAST_THRESHOLD})
