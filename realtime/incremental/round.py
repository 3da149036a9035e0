"""One step between two rounds of explicit mutual learning, over the rows that a new utterance can change."""

import torch
from torch import Tensor

from model.layers.experts import Streams
from model.layers.rounds import Round
from realtime.incremental.band import Places
from realtime.incremental.ring import Ring
from realtime.incremental.window import message


class IncrementalRound:
    """The step's parameters with rings for what is settled: streams, and keys and values of embedded distributions.

    Of R rows after the step, R - A are new or changed before it, A being how far the step looks ahead.

    Args:
        parameters: The step's own modules; nothing is copied.
        width: D, features of a stream.
    """

    def __init__(self, parameters: Round, width: int) -> None:
        self._parameters = parameters
        window, like = parameters.summary.window, parameters.labels.weight
        embedding = like.shape[0]
        self._sizes = [width] * len(Streams._fields) + [embedding]
        self._targets = Ring(window.ahead, sum(self._sizes), like)
        self._sources = Ring(window.ahead + window.past, 2 * embedding, like)

    def rings(self) -> list[Ring]:
        """All its rings."""
        return [self._targets, self._sources]

    def step(self, slots: Tensor, streams: Streams, said: tuple[Tensor, Tensor], places: Places) -> Streams:
        """The streams (B, R, D) after what was said around them.

        Args:
            slots: (B,) int64, the slots of this step.
            streams: (B, R - A, D) each, those that are new or changed.
            said: Emotion (B, R - A, C) and cause (B, R - A, 2) logits of the round before.
            places: The connections, (B, at least R, W).
        """
        emotion, cause = said
        embedded = self._parameters.embed(streams, emotion.softmax(-1), cause.softmax(-1))
        summary = self._parameters.summary
        targets = self._targets.extend(slots, torch.cat((*streams, embedded), -1))  # (B, R, 3 D + T)
        sources = self._sources.extend(slots, torch.cat((summary.key(embedded), summary.value(embedded)), -1))
        *held, readers = torch.split(targets, self._sizes, -1)
        read = message(summary, readers, sources, places.last(targets.shape[1]))
        updated: Streams = self._parameters(Streams(*held), read)
        return updated
