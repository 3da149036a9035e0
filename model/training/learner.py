"""What learns: the encoder's upper layers and the network, with everything that moves their weights."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from model.encoders.minilm import MiniLM
from model.encoders.tables import Normalisation
from model.graph_tensors import GraphTensors
from model.layers.heads import Projection
from model.modality import Modality
from model.networks.mtml import MTML, Settings
from model.networks.observations import Observations
from model.networks.offline import OfflinePass, Reading
from model.sensed import NOTHING, Sensed
from model.training.averaging import WeightAverage
from model.training.examples import Batch, Words
from model.training.losses import Loss
from model.training.settings import Optimisation

ENCODER = "encoder."
"""How the names of the encoder's weights begin among all that are learned."""

_ENCODED_AT_ONCE = 24


class Learner:
    """Takes steps; new, it has the encoder's published weights and a network drawn at random.

    Args:
        encoder: Its upper layers are trained; it says on which device to compute.
        network: Sizes of the network.
        optimisation: How the weights move.
        loss: What they move away from.
        steps: How many steps there will be.
        normalisations: What to expect of the features beyond the words, per modality that tables give.
    """

    def __init__(
        self,
        encoder: MiniLM,
        network: Settings,
        optimisation: Optimisation,
        loss: Loss,
        steps: int,
        normalisations: Mapping[Modality, Normalisation] | None = None,
    ) -> None:
        self.encoder = encoder
        self.network = MTML(network).to(encoder.device)
        for modality, expected in (normalisations or {}).items():
            cast("Projection", self.network.projections[modality]).expect(expected.mean, expected.scale)
        self.taken, self.steps = 0, steps
        self._optimisation, self._loss = optimisation, loss
        self._read = OfflinePass(self.network)
        self._probe = nn.Linear(encoder.features, len(network.labels), device=encoder.device)
        self._learned = nn.ModuleDict(
            {"encoder": nn.ModuleList(encoder.tuned_layers()), "network": self.network, "probe": self._probe}
        )
        self._move()

    def _move(self) -> None:
        """From here on, move whatever learns."""
        chosen = self._optimisation
        self._optimiser = _optimiser(self._learned, chosen)
        self._parameters = [p for group in self._optimiser.param_groups for p in group["params"]]
        self._average = WeightAverage(self._parameters, chosen.averaging)
        self._schedule = LambdaLR(self._optimiser, lambda step: _rate(step, self.steps, chosen.warm_up))

    def hold(self, network: Mapping[str, Tensor]) -> None:
        """Take over parameters of the network that stay as they are; call it before the first step.

        Args:
            network: Parameters and buffers by name; what the network has beyond them learns.

        Raises:
            RuntimeError: They belong to another network.
        """
        unknown = self.network.load_state_dict(network, strict=False).unexpected_keys
        if unknown:
            raise RuntimeError(f"the network has no {', '.join(unknown)}")
        for name, parameter in self.network.named_parameters():
            parameter.requires_grad_(name not in network)
        self._move()

    def step(self, batch: Batch) -> float:
        """Learn from one batch.

        Returns:
            Its loss.
        """
        self._learned.train()
        features = self._encode(batch.words, half=self._optimisation.half_precision).float()
        on_device = batch.to(self.encoder.device)
        with self._autocast(half=self._optimisation.half_network):
            observed = self._observed(features, on_device.sensed, on_device.worded)
            reading, probe = self._read(observed, on_device.graph), self._probe(features)
            alone = self._alone(features, on_device.graph) if self._loss.compares else None
            value = self._loss(reading, probe, on_device, self.taken / self.steps, alone)
        self._optimiser.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        clip_grad_norm_(self._parameters, self._optimisation.gradient_norm)
        self._optimiser.step()
        self._schedule.step()
        self._average.update()
        self.taken += 1
        return value.item()

    @torch.inference_mode()
    def read(self, words: Words, graph: GraphTensors, sensed: Mapping[Modality, Sensed] = NOTHING) -> Reading:
        """What the network says in evaluation mode; its logits are on the CPU."""
        self._learned.eval()
        observed = self._observed(self._encode(words, half=False), sensed)
        reading = self._read(observed, graph.to(self.encoder.device))
        return replace(reading, emotion=reading.emotion.cpu(), cause=reading.cause.cpu(), pair=reading.pair.cpu())

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Inside, the weights are their running average, rounded to float16 as they are stored."""
        with self._average.applied():
            yield

    def learned(self) -> dict[str, Tensor]:
        """What the next stage takes, by name: all weights that learn, in float16, and what normalises features."""
        measured = {name for name, _ in self._learned.named_buffers()}
        state = self._learned.state_dict().items()
        return {name: (tensor if name in measured else tensor.half()).cpu() for name, tensor in state}

    def start_from(self, learned: dict[str, Tensor]) -> None:
        """Take over weights that a stage learned: all of them, or the encoder's alone.

        Raises:
            RuntimeError: They belong to another network or encoder.
        """
        whole = any(not name.startswith(ENCODER) for name in learned)
        (self._learned if whole else self._learned["encoder"]).load_state_dict(
            learned if whole else {name.removeprefix(ENCODER): tensor for name, tensor in learned.items()}
        )
        self._average = WeightAverage(self._parameters, self._optimisation.averaging)

    def state(self) -> dict[str, Any]:
        """Everything that decides the next steps, but for the batches and random numbers; it changes with them."""
        return {
            "learned": self._learned.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "schedule": self._schedule.state_dict(),
            "average": self._average.state(),
            "taken": self.taken,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave.

        Raises:
            RuntimeError: It belongs to another network or encoder.
        """
        self._learned.load_state_dict(state["learned"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._schedule.load_state_dict(state["schedule"])
        self._average.restore(state["average"])
        self.taken = state["taken"]

    def _encode(self, words: Words, *, half: bool) -> Tensor:
        """Features (N, F) of all utterances, encoded shortest first so that little of a batch is padding."""
        order = sorted(range(len(words.states)), key=lambda i: words.states[i].shape[0])
        parts = []
        with self._autocast(half=half):
            for start in range(0, len(order), _ENCODED_AT_ONCE):
                chosen = order[start : start + _ENCODED_AT_ONCE]
                states, own = [words.states[i].float() for i in chosen], [words.own[i] for i in chosen]
                parts.append(self.encoder.read(states, own))
        return torch.cat(parts)[torch.tensor(order, device=self.encoder.device).argsort()]

    def _observed(self, words: Tensor, sensed: Mapping[Modality, Sensed], worded: Tensor | None = None) -> Observations:
        return Observations.of(self.network.settings.features, words, sensed, worded)

    @torch.no_grad()
    def _alone(self, words: Tensor, graph: GraphTensors) -> Tensor:
        """(N, C) emotion logits of words alone, as they will be, which nothing that is learned changes."""
        self._learned.eval()
        logits = self._read(self._observed(words, NOTHING), graph).emotion
        self._learned.train()
        return logits

    def _autocast(self, *, half: bool) -> torch.autocast:
        return torch.autocast(self.encoder.device.type, torch.bfloat16, enabled=half)


def _optimiser(learned: nn.ModuleDict, optimisation: Optimisation) -> AdamW:
    tuned = list(learned["encoder"].parameters())
    fresh = [p for name in ("network", "probe") for p in learned[name].parameters() if p.requires_grad]
    groups = [
        {"params": chosen, "lr": rate, "weight_decay": decay}
        for parameters, rate in ((tuned, optimisation.encoder_rate), (fresh, optimisation.network_rate))
        for chosen, decay in (
            ([p for p in parameters if p.ndim > 1], optimisation.weight_decay),
            ([p for p in parameters if p.ndim <= 1], 0.0),
        )
        if chosen
    ]
    return AdamW(groups)


def _rate(step: int, steps: int, warm_up: float) -> float:
    """Linear rise, then linear fall to zero; share of the peak rate."""
    rise = warm_up * steps
    return max(0.0, min(1.0, (step + 1) / max(1.0, rise), (steps - step) / max(1.0, steps - rise)))
