"""The offline pass: a whole conversation at once, with PyTorch Geometric.

Training uses it, and the incremental engine is held against it.
"""

from dataclasses import dataclass

from torch import Tensor

from model.graph import Kind
from model.graph_tensors import GraphTensors
from model.layers.migat import Migat
from model.networks.mtml import MTML


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network says about every utterance and candidate, before any calibration or decision.

    Attributes:
        emotion: (N, C) emotion logits.
        cause: (N, 2) logits that the utterance is no cause, or one.
        pair: (E,) logits of the candidates, in the order of the graph's candidate connections.
    """

    emotion: Tensor
    cause: Tensor
    pair: Tensor


class OfflinePass:
    """The network's forward pass over whole graphs; it owns no parameters.

    Args:
        network: Whose parameters to compute with.
    """

    def __init__(self, network: MTML) -> None:
        self._network = network
        self._layers = [Migat(layer) for layer in network.layers]  # type: ignore[arg-type]  # a ModuleList forgets its type

    def __call__(self, features: Tensor, graph: GraphTensors) -> Reading:
        """Read a graph.

        Args:
            features: (N, F) of the graph's utterances.
            graph: Its connections.
        """
        network = self._network
        emotion = cause = network.projection(features)  # (N, D)
        for layer in self._layers:
            emotion, cause = layer(emotion, cause, graph.edges[Kind.INTRA], graph.edges[Kind.CROSS_TASK])
        emotion_logits, cause_logits = network.emotion_head(emotion), network.cause_head(cause)
        candidates = graph.edges[Kind.CANDIDATE]
        sources, targets = candidates.index
        pair_logits = network.pair_head(
            (emotion[targets], cause[sources]),
            (emotion_logits.softmax(-1)[targets], cause_logits.softmax(-1)[sources]),
            candidates.relation,
            candidates.offset,
        )
        return Reading(emotion_logits, cause_logits, pair_logits)
