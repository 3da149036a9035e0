"""What the engine remembers of conversations: rings of constant size in one buffer, a slot for each conversation."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from model.graph import Kind
from model.layers.experts import Streams
from model.networks.mtml import MTML, Settings

TASKS = ("emotion", "cause")
"""The tasks that have nodes, in the order in which a layer's parameters name them."""
NOBODY = -1
"""Stands for an unknown speaker, and where nobody has spoken yet."""


@dataclass(frozen=True, slots=True)
class Ring:
    """Where one kind of row is kept in a slot: utterance i at place i mod `capacity`.

    Attributes:
        start: First of the slot's features.
        capacity: C, how many utterances are held: those that a step computes anew, and those that it reads besides.
        width: W, features of a row.
        rows: R, for how many of the last utterances a step says the row, or reads it as a target.
    """

    start: int
    capacity: int
    width: int
    rows: int

    @property
    def end(self) -> int:
        """One after the last of the slot's features."""
        return self.start + self.capacity * self.width


class Rings:
    """Which rings a network needs, by name, and where they lie in a slot.

    After utterance n, layer l can only change rows i >= n - l * A, A being the furthest any connection looks ahead, and
    each round as many more as its summary looks ahead. A ring holds these R rows and those that they read besides.
    The M modalities' nodes of an utterance lie side by side.

        layer{l}.{task}.nodes   M D       nodes before layer l, as those that read
        layer{l}.{task}.{kind}  M 2 D     keys and values of those that are read along a kind of connection
        present                 M         1 where an utterance has a modality, else 0
        round{r}.streams        3 D + T   the tasks' streams before round r, and the embedded distributions that read
        round{r}.said           2 T       keys and values of embedded distributions
        pair.targets            2 D       what the pair head reads of targets
        pair.candidates         2 D       and of candidates

    Args:
        network: Whose rings they are.
    """

    def __init__(self, network: MTML) -> None:
        settings = network.settings
        self._rings: dict[str, Ring] = {}
        self.size = 0
        for layer in range(settings.layers):
            self._add_layer(settings, layer)
        last = node_rows(settings, settings.layers)
        furthest = max(_past(settings, kind) for kind in settings.node_kinds)
        self._add("present", last, furthest, len(settings.modalities))
        for number in range(1, settings.rounds):
            rows = last + number * settings.graph.round_ahead
            self._add(f"round{number}.streams", rows, 0, len(Streams._fields) * settings.width + settings.round_width)
            self._add(f"round{number}.said", rows, _past(settings, Kind.ROUND), 2 * settings.round_width)
        rows, width = settings.cause_horizon + 1, network.pair_head.end_width
        self._add("pair.targets", rows, 0, width)
        self._add("pair.candidates", rows, _past(settings, Kind.CANDIDATE), width)

    def __getitem__(self, name: str) -> Ring:
        return self._rings[name]

    @property
    def by_name(self) -> Mapping[str, Ring]:
        """All of them, in the order in which they lie."""
        return self._rings

    @property
    def utterances(self) -> int:
        """The most utterances that any ring holds."""
        return max(ring.capacity for ring in self._rings.values())

    def _add_layer(self, settings: Settings, layer: int) -> None:
        rows, width = node_rows(settings, layer + 1), len(settings.modalities) * settings.width
        for task in TASKS:
            self._add(f"layer{layer}.{task}.nodes", rows, 0, width)
            for kind in settings.node_kinds:
                self._add(f"layer{layer}.{task}.{kind}", rows, _past(settings, kind), 2 * width)

    def _add(self, name: str, rows: int, past: int, width: int) -> None:
        self._rings[name] = ring = Ring(self.size, rows + past, width, rows)
        self.size = ring.end


class State:
    """The rings of S conversations, S growing as lanes are opened; nothing else grows.

    Args:
        rings: What a slot holds.
        like: A tensor of the device to keep it on.

    Attributes:
        features: (S, F) float32, every slot's rings side by side.
        newest: (S,) int64, number of the last utterance of each conversation; -1 before the first.
        speakers: (S, U) int64, who spoke utterance i at place i mod U: numbers, or `NOBODY`.
    """

    def __init__(self, rings: Rings, like: Tensor) -> None:
        self.rings = rings
        self.features = like.new_zeros(0, rings.size)
        self.newest = like.new_zeros(0, dtype=torch.int64)
        self.speakers = like.new_zeros(0, rings.utterances, dtype=torch.int64)

    @property
    def slots(self) -> int:
        """S, for how many conversations there is room."""
        return self.features.shape[0]

    def resize(self, slots: int) -> None:
        """Make room for S conversations; those in use stay as they are, in new tensors."""
        added = slots - self.slots
        self.features = torch.cat((self.features, self.features.new_zeros(added, self.rings.size)))
        self.newest = torch.cat((self.newest, self.newest.new_full((added,), -1)))
        self.speakers = torch.cat((self.speakers, self.speakers.new_full((added, self.rings.utterances), NOBODY)))

    def clear(self, slot: int) -> None:
        """Forget a conversation, so that its slot can serve another."""
        self.features[slot] = 0
        self.newest[slot] = -1
        self.speakers[slot] = NOBODY

    def view(self, name: str) -> Tensor:
        """One ring of all slots, (S, C, W), in place."""
        ring = self.rings[name]
        return self.features[:, ring.start : ring.end].view(self.slots, ring.capacity, ring.width)


def node_rows(settings: Settings, layers: int) -> int:
    """How many of the last utterances' nodes a new one can change after so many layers."""
    return layers * settings.layer_ahead + 1


def _past(settings: Settings, kind: Kind) -> int:
    return settings.graph.window(kind).past
