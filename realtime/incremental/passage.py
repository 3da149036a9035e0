"""The incremental pass: the network's forward pass over one new utterance per conversation, from rings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from torch import Tensor

from model.graph import Kind
from model.layers.experts import Streams
from model.layers.update import LayerParameters
from model.networks.mtml import MTML
from model.networks.observations import Observations
from realtime.incremental.band import Places
from realtime.incremental.layer import IncrementalLayer
from realtime.incremental.ring import Ring
from realtime.incremental.round import IncrementalRound
from realtime.incremental.window import spread


@dataclass(frozen=True, slots=True)
class WindowReading:
    """What the network says about everything a new utterance can change; the newest utterance is the last row.

    Attributes:
        emotion: (B, emotion horizon + 1, C) emotion logits.
        cause: (B, emotion horizon + 1, 2) logits that the utterance is no cause, or one.
        pair: (B, cause horizon + 1, W) logits of the candidates, by relative position; meaningless where there is none.
    """

    emotion: Tensor
    cause: Tensor
    pair: Tensor


class IncrementalPass:
    """The network over the rows that a new utterance can change, batched over conversations; it owns no parameters.

    After utterance n, layer l can only change rows i >= n - l * A, A being the furthest any connection looks ahead,
    and each round as many more as its summary looks ahead: these are computed, everything older comes from rings.
    Shapes depend on the settings alone, never on a conversation's length.

    Args:
        network: Whose parameters to compute with.
    """

    def __init__(self, network: MTML) -> None:
        self._network = network
        settings = network.settings
        rules, modalities = settings.graph, len(settings.modalities)
        ahead, like = settings.layer_ahead, network.cause_head.weight
        self._layers = [IncrementalLayer(cast("LayerParameters", layer), ahead, modalities) for layer in network.layers]
        step = network.round
        self._rounds = (
            [] if step is None else [IncrementalRound(step, settings.width) for _ in range(settings.rounds - 1)]
        )
        earlier = max(rules.window(kind).past for kind in settings.node_kinds)
        self._present = Ring(earlier + settings.layers * ahead, modalities, like)
        window = rules.window(Kind.CANDIDATE)
        self._targets = Ring(window.ahead, network.pair_head.end_width, like)
        self._candidates = Ring(window.ahead + window.past, network.pair_head.end_width, like)
        self.slots = 0

    def resize(self, slots: int) -> None:
        """Make room for S conversations."""
        for ring in self._rings():
            ring.resize(slots)
        self.slots = slots

    def clear(self, slot: int) -> None:
        """Forget a conversation, so that its slot can serve another."""
        for ring in self._rings():
            ring.clear(slot)

    def step(self, slots: Tensor, observed: Observations, places: Mapping[Kind, Places]) -> WindowReading:
        """Let one utterance arrive in each of B conversations.

        Args:
            slots: (B,) int64, where each conversation's rings are; no slot twice.
            observed: The B new utterances.
            places: Per kind the connections, (B, R, W), the new ones among them.
        """
        streams = self._streams(slots, observed, places)
        said = self._network.say(streams)
        for step in self._rounds:
            streams = step.step(slots, streams, said, places[Kind.ROUND])
            said = self._network.say(streams)
        targets, candidates = self._network.pair_ends(streams, said)
        pair = self._pairs(
            self._targets.extend(slots, targets), self._candidates.extend(slots, candidates), places[Kind.CANDIDATE]
        )
        return WindowReading(*said, pair)

    def _streams(self, slots: Tensor, observed: Observations, places: Mapping[Kind, Places]) -> Streams:
        """The tasks' streams (B, R, D) of every utterance whose nodes are new or changed."""
        emotion = cause = self._network.project(observed).unsqueeze(1)  # (B, 1, M, D)
        arrived = observed.present.unsqueeze(1).to(emotion.dtype)
        present = self._present.extend(slots, arrived) > 0  # (B, past + R, M)
        for layer in self._layers:
            emotion, cause = layer.step(slots, emotion, cause, places, present)
        recent = present[:, -emotion.shape[1] :]
        return self._network.streams(emotion, cause, recent | ~recent.any(-1, keepdim=True))

    def _pairs(self, targets: Tensor, candidates: Tensor, places: Places) -> Tensor:
        """Logits (B, R, W) from (B, R, …) targets and (B, past + R, …) candidates."""
        head = self._network.pair_head
        sources = spread(candidates, head.window)  # (B, R, W, …)
        readers = targets.unsqueeze(2).expand(-1, -1, head.window.width, -1)  # (B, R, W, …)
        logits: Tensor = head(readers, sources, places.relation, places.offset.expand_as(places.relation))
        return logits

    def _rings(self) -> list[Ring]:
        of_layers = [ring for layer in self._layers for ring in layer.rings()]
        of_rounds = [ring for step in self._rounds for ring in step.rings()]
        return [*of_layers, *of_rounds, self._present, self._targets, self._candidates]
