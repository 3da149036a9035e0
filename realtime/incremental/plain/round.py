"""One step between two rounds of explicit mutual learning, over the rows that a new utterance can change."""

import torch
from torch import Tensor

from model.layers.experts import Streams
from model.layers.rounds import Round
from realtime.incremental.plain.lanes import Lanes
from realtime.incremental.plain.relations import Connections
from realtime.incremental.plain.window import message


class IncrementalRound:
    """The step's parameters over rings: streams, and keys and values of embedded distributions.

    Of R rows after the step, R - A are new or changed before it, A being how far the step looks ahead.

    Args:
        parameters: The step's own modules; nothing is copied.
        name: Of its rings.
        width: D, features of a stream.
    """

    def __init__(self, parameters: Round, name: str, width: int) -> None:
        self._parameters = parameters
        self._name = name
        self._sizes = [width] * len(Streams._fields) + [parameters.labels.out_features]

    def step(self, lanes: Lanes, streams: Streams, said: tuple[Tensor, Tensor], connections: Connections) -> Streams:
        """The streams (B, R, D) after what was said around them.

        Args:
            lanes: The conversations of this step.
            streams: (B, R - A, D) each, those that are new or changed.
            said: Emotion (B, R - A, C) and cause (B, R - A, 2) logits of the round before.
            connections: (B, at least R, W).
        """
        emotion, cause = said
        embedded = self._parameters.embed(streams, emotion.softmax(-1), cause.softmax(-1))
        summary = self._parameters.summary
        targets = lanes.extend(f"{self._name}.streams", torch.cat((*streams, embedded), -1))  # (B, R, 3 D + T)
        sources = lanes.extend(f"{self._name}.said", torch.cat((summary.key(embedded), summary.value(embedded)), -1))
        *held, readers = torch.split(targets, self._sizes, -1)
        read = message(summary, readers, sources, connections.last(targets.shape[1]))
        updated: Streams = self._parameters(Streams(*held), read)
        return updated
