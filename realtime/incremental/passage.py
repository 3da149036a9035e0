"""The incremental pass: the network's forward pass over one new utterance per conversation, from rings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from model.graph import Kind
from model.layers.attention import LayerParameters
from model.networks.mtml import MTML
from realtime.incremental.band import Places
from realtime.incremental.layer import IncrementalLayer
from realtime.incremental.ring import Ring
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

    After utterance n, layer l can only change rows i >= n - l * A, A being the furthest any connection looks ahead:
    these are computed, everything older comes from rings. Shapes depend on the settings alone, never on a
    conversation's length.

    Args:
        network: Whose parameters to compute with.
    """

    def __init__(self, network: MTML) -> None:
        self._network = network
        rules = network.settings.graph
        ahead = max(rules.ahead, rules.cross_task_ahead)
        self._layers = [IncrementalLayer(cast("LayerParameters", layer), ahead) for layer in network.layers]
        window = rules.window(Kind.CANDIDATE)
        like, width = network.projection.linear.weight, network.settings.width
        self._targets = Ring(window.ahead, width + len(network.settings.labels), like)
        self._candidates = Ring(window.ahead + window.past, width + 2, like)
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

    def step(self, slots: Tensor, features: Tensor, places: Mapping[Kind, Places]) -> WindowReading:
        """Let one utterance arrive in each of B conversations.

        Args:
            slots: (B,) int64, where each conversation's rings are; no slot twice.
            features: (B, F) of the new utterances.
            places: Per kind the connections, (B, R, W), the new ones among them.
        """
        network = self._network
        emotion = cause = network.projection(features).unsqueeze(1)  # (B, 1, D)
        for layer in self._layers:
            emotion, cause = layer.step(slots, emotion, cause, places)
        emotion_logits, cause_logits = network.emotion_head(emotion), network.cause_head(cause)
        targets = self._targets.extend(slots, torch.cat((emotion, emotion_logits.softmax(-1)), -1))
        candidates = self._candidates.extend(slots, torch.cat((cause, cause_logits.softmax(-1)), -1))
        return WindowReading(emotion_logits, cause_logits, self._pairs(targets, candidates, places[Kind.CANDIDATE]))

    def _pairs(self, targets: Tensor, candidates: Tensor, places: Places) -> Tensor:
        """Logits (B, R, W) from (B, R, D + C) targets and (B, past + R, D + 2) candidates."""
        head, width = self._network.pair_head, self._network.settings.width
        sources = spread(candidates, head.window)  # (B, R, W, D + 2)
        readers = targets.unsqueeze(2).expand(-1, -1, head.window.width, -1)  # (B, R, W, D + C)
        logits: Tensor = head(
            (readers[..., :width], sources[..., :width]),
            (readers[..., width:], sources[..., width:]),
            places.relation,
            places.offset.expand_as(places.relation),
        )
        return logits

    def _rings(self) -> list[Ring]:
        return [*(ring for layer in self._layers for ring in layer.rings()), self._targets, self._candidates]
