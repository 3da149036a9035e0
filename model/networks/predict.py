"""Annotated conversations in, predicted ones out: the offline pass with its decisions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from model.conversation import Conversation, Pair
from model.decision import Decision
from model.emotions import NEUTRAL
from model.encoders.inputs import all_inputs
from model.encoders.minilm import MiniLM
from model.encoders.tables import Tables
from model.graph import ConversationGraph, Kind
from model.graph_tensors import Edges, graph_tensors
from model.networks.mtml import MTML
from model.networks.observations import Observations
from model.networks.offline import OfflinePass, Reading
from model.sensed import NOTHING


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a network says about one conversation.

    Attributes:
        conversation: The conversation with predicted emotions and pairs.
        emotions: (N, C) calibrated probabilities.
        candidates: (E, 2) emotion utterance and cause utterance of every candidate.
        pairs: (E,) calibrated probabilities of the candidates.
    """

    conversation: Conversation
    emotions: Tensor
    candidates: Tensor
    pairs: Tensor


@torch.inference_mode()
def predict(
    conversations: Sequence[Conversation],
    encoder: MiniLM,
    network: MTML,
    decision: Decision,
    tables: Tables | None = None,
) -> tuple[Prediction, ...]:
    """Read whole conversations with a network in evaluation mode; annotations they carry are not looked at.

    Args:
        conversations: To read.
        encoder: Of the words.
        network: Reads what it is given; what it could read and is not given is absent.
        decision: From logits to labels and links.
        tables: Voice and face features of conversations in ECF's numbering.
    """
    read = OfflinePass(network)
    predictions = []
    for conversation in conversations:
        graph = graph_tensors(ConversationGraph.fold(conversation.utterances, network.settings.graph))
        features = encoder.encode(all_inputs(conversation.utterances, encoder.settings.context))
        sensed = tables.of(conversation) if tables is not None else NOTHING
        reading = read(Observations.of(network.settings.features, features, sensed), graph)
        candidates = graph.edges[Kind.CANDIDATE]
        predictions.append(decide(conversation, reading, candidates, network.settings.labels, decision))
    return tuple(predictions)


def decide(
    conversation: Conversation, reading: Reading, candidates: Edges, labels: Sequence[str], decision: Decision
) -> Prediction:
    """From a reading to labels and links: the most probable emotion, and the probable links of one that is not neutral.

    Args:
        conversation: Whose utterances were read.
        reading: What the network said about them.
        candidates: The graph's candidate connections, sources the causes.
        labels: Names of the C classes.
        decision: Temperatures and threshold.
    """
    emotions = decision.emotion_probabilities(reading.emotion)
    pairs = decision.pair_probabilities(reading.pair)
    said = tuple(labels[i] for i in emotions.argmax(-1).tolist())
    ends = candidates.index.flip(0).T  # (E, 2) emotion, cause
    probable = ends[pairs >= decision.link_threshold].tolist()
    linked = frozenset(Pair(emotion, cause) for emotion, cause in probable if said[emotion] != NEUTRAL)
    return Prediction(replace(conversation, emotions=said, pairs=linked), emotions, ends, pairs)
