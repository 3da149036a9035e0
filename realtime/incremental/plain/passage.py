"""The incremental pass: the network's forward pass over one new utterance per conversation, from rings."""

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor

from model.graph import Kind
from model.layers.experts import Streams
from model.layers.update import LayerParameters
from model.networks.mtml import MTML
from model.networks.observations import Observations
from realtime.incremental.plain.lanes import Lanes
from realtime.incremental.plain.layer import IncrementalLayer
from realtime.incremental.plain.relations import Connections, connect
from realtime.incremental.plain.round import IncrementalRound
from realtime.incremental.plain.window import spread
from realtime.incremental.reading import WindowReading
from realtime.incremental.state import Rings, State, node_rows


class IncrementalPass:
    """The network over the rows that a new utterance can change, batched over conversations; it owns no parameters.

    After utterance n, layer l can only change rows i >= n - l * A, A being the furthest any connection looks ahead,
    and each round as many more as its summary looks ahead: these are computed, everything older comes from rings.
    Shapes depend on the settings and on how many conversations there are, never on their length or on values, and
    nothing waits for the device: a step can be captured as a CUDA graph.

    Args:
        network: Whose parameters to compute with.

    Attributes:
        state: What is remembered of all conversations, on the network's device.
    """

    def __init__(self, network: MTML) -> None:
        self._network = network
        settings = network.settings
        self.state = State(Rings(network), network.cause_head.weight)
        self._layers = [
            IncrementalLayer(cast("LayerParameters", layer), f"layer{number}")
            for number, layer in enumerate(network.layers)
        ]
        step = network.round
        self._rounds = [
            IncrementalRound(step, f"round{number}", settings.width)
            for number in range(1, settings.rounds)
            if step is not None
        ]
        rows = dict.fromkeys(settings.node_kinds, node_rows(settings, settings.layers)) | {
            Kind.ROUND: settings.emotion_horizon + 1,
            Kind.CANDIDATE: settings.cause_horizon + 1,
        }
        self._reaches = {kind: (settings.graph.window(kind), count) for kind, count in rows.items()}

    @torch.inference_mode()
    def step(self, slots: Tensor, observed: Observations, speakers: Tensor) -> WindowReading:
        """Let one utterance arrive in each of B conversations.

        Args:
            slots: (B,) int64, where each conversation's rings are; no slot twice, but for one that nobody uses.
            observed: The B new utterances.
            speakers: (B,) int64, who spoke them: numbers within the conversation, or `NOBODY`.
        """
        lanes = Lanes(self.state, slots, speakers)
        connected = {reach: connect(lanes, *reach) for reach in set(self._reaches.values())}
        connections = {kind: connected[reach] for kind, reach in self._reaches.items()}
        streams = self._streams(lanes, observed, connections)
        said = self._network.say(streams)
        for step in self._rounds:
            streams = step.step(lanes, streams, said, connections[Kind.ROUND])
            said = self._network.say(streams)
        targets, candidates = self._network.pair_ends(streams, said)
        targets, candidates = lanes.extend("pair.targets", targets), lanes.extend("pair.candidates", candidates)
        return WindowReading(*said, self._pairs(targets, candidates, connections[Kind.CANDIDATE]))

    def _streams(self, lanes: Lanes, observed: Observations, connections: Mapping[Kind, Connections]) -> Streams:
        """The tasks' streams (B, R, D) of every utterance whose nodes are new or changed."""
        emotion = cause = self._network.project(observed).unsqueeze(1)  # (B, 1, M, D)
        arrived = observed.present.unsqueeze(1).to(emotion.dtype)
        present = lanes.extend("present", arrived) > 0  # (B, past + R, M)
        for layer in self._layers:
            emotion, cause = layer.step(lanes, emotion, cause, connections, present)
        recent = present[:, -emotion.shape[1] :]
        return self._network.streams(emotion, cause, recent | ~recent.any(-1, keepdim=True))

    def _pairs(self, targets: Tensor, candidates: Tensor, connections: Connections) -> Tensor:
        """Logits (B, R, W) from (B, R, …) targets and (B, past + R, …) candidates."""
        head = self._network.pair_head
        sources = spread(candidates, head.window)  # (B, R, W, …)
        readers = targets.unsqueeze(2).expand(-1, -1, head.window.width, -1)  # (B, R, W, …)
        relation = connections.relation
        logits: Tensor = head(readers, sources, relation, connections.offset.expand_as(relation))
        return logits
