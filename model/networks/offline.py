"""The offline pass: a whole conversation at once, with PyTorch Geometric.

Training uses it, and the incremental engine is held against it.
"""

from dataclasses import dataclass

from torch import Tensor

from model.graph import Kind
from model.graph_tensors import Edges, GraphTensors, among, between_modalities, of_each_modality
from model.layers.experts import Streams
from model.layers.migat import KindMessages, Migat
from model.networks.mtml import MTML
from model.networks.observations import Observations


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network says about every utterance and candidate, before any calibration or decision.

    Attributes:
        emotion: (N, C) emotion logits.
        cause: (N, 2) logits that the utterance is no cause, or one.
        pair: (E,) logits of the candidates, in the order of the graph's candidate connections.
        rounds: Emotion and cause logits of every round; the last ones are `emotion` and `cause`.
    """

    emotion: Tensor
    cause: Tensor
    pair: Tensor
    rounds: tuple[tuple[Tensor, Tensor], ...] = ()


class OfflinePass:
    """The network's forward pass over whole graphs; it owns no parameters.

    Args:
        network: Whose parameters to compute with.
    """

    def __init__(self, network: MTML) -> None:
        self._network = network
        self._layers = [Migat(layer) for layer in network.layers]  # type: ignore[arg-type]  # a ModuleList forgets its type
        self._summary = KindMessages(network.round.summary) if network.round is not None else None

    def __call__(self, observed: Observations, graph: GraphTensors) -> Reading:
        """Read a graph.

        Args:
            observed: The graph's N utterances.
            graph: Its connections.
        """
        network = self._network
        streams = network.streams(*self._nodes(observed, graph), observed.present)
        rounds = [network.say(streams)]
        for _ in range(1, network.settings.rounds):
            streams = self._listen(streams, rounds[-1], graph.edges[Kind.ROUND])
            rounds.append(network.say(streams))
        emotion, cause = rounds[-1]
        return Reading(emotion, cause, self._pairs(streams, rounds[-1], graph.edges[Kind.CANDIDATE]), tuple(rounds))

    def _nodes(self, observed: Observations, graph: GraphTensors) -> tuple[Tensor, Tensor]:
        """Emotion and cause nodes after all layers, (N, M, D) each, zeros where a modality is absent.

        Only nodes that are there are computed, V of N M: with words alone, what a network for words alone computes.
        """
        settings, present = self._network.settings, observed.present
        first = self._network.project(observed)  # (N, M, D)
        edges = [of_each_modality(graph.edges[kind], present) for kind in settings.node_kinds]
        if settings.cross_modal and first.shape[1] > 1:
            edges.append(between_modalities(present))
        there = present.flatten()  # (N M,)
        edges = [among(each, there) for each in edges]
        emotion = cause = first.flatten(0, 1)[there]  # (V, D)
        for layer in self._layers:
            emotion, cause = layer(emotion, cause, edges)
        return _in_place(emotion, there).view_as(first), _in_place(cause, there).view_as(first)

    def _listen(self, streams: Streams, said: tuple[Tensor, Tensor], edges: Edges) -> Streams:
        step, summary = self._network.round, self._summary
        if step is None or summary is None:
            return streams
        emotion, cause = said
        embedded = step.embed(streams, emotion.softmax(-1), cause.softmax(-1))
        updated: Streams = step(streams, summary(embedded, embedded, edges))
        return updated

    def _pairs(self, streams: Streams, said: tuple[Tensor, Tensor], candidates: Edges) -> Tensor:
        targets, sources = self._network.pair_ends(streams, said)
        at_source, at_target = candidates.index
        logits: Tensor = self._network.pair_head(
            targets[at_target], sources[at_source], candidates.relation, candidates.offset
        )
        return logits


def _in_place(rows: Tensor, there: Tensor) -> Tensor:
    """Rows (V, D) where (N M,) says that they are, zeros between them: (N M, D)."""
    nothing = rows.new_zeros(there.shape[0], rows.shape[1])
    return nothing.masked_scatter(there.unsqueeze(-1), rows)
