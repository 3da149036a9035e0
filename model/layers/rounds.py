"""Explicit mutual learning: what both tasks say is read by both tasks before they say it again.

INFERRED from the abstract of MTML (Information Fusion 127, 103877). The cell runs over rounds, never over time.
"""

from enum import StrEnum

import torch
from torch import Tensor, nn

from model.graph import Relation, Window
from model.layers.attention import KindAttention
from model.layers.experts import Streams


class Feedback(StrEnum):
    """What a round hands to the next."""

    DISTRIBUTIONS = "distributions"
    """The probabilities of the emotions and of being a cause."""
    STATES = "states"
    """The states behind them; for comparison, since then nothing that was said is read."""


class Round(nn.Module):
    """The step between two rounds, the same between any two.

        t_j = [P_e(j) ; P_c(j)] E        s_i = attention of t_i over t_j, j in the window        o_i' = GRU(s_i, o_i)

    with a cell per task. `E` embeds labels: a distribution becomes the mean of its labels' embeddings.

    Args:
        width: D, features of a stream.
        embedding: T, features of an embedded distribution; divisible by the heads.
        heads: Of the attention.
        classes: C emotion labels.
        window: How far the summary reaches.
        feedback: What is embedded.

    Shapes:
        streams (…, D), emotion and cause probabilities (…, C) and (…, 2), embedded (…, T), summaries (…, T).
    """

    def __init__(
        self, width: int, embedding: int, heads: int, classes: int, window: Window, feedback: Feedback
    ) -> None:
        super().__init__()
        self.feedback = feedback
        read = classes + 2 if feedback is Feedback.DISTRIBUTIONS else 2 * width
        self.labels = nn.Linear(read, embedding)
        self.summary = KindAttention(embedding, heads, window, len(Relation))
        self.emotion_cell = nn.GRUCell(embedding, width)
        self.cause_cell = nn.GRUCell(embedding, width)
        for cell in (self.emotion_cell, self.cause_cell):
            nn.init.ones_(cell.bias_hh[width : 2 * width])  # the gate that keeps: the next round starts near this one

    def embed(self, streams: Streams, emotion: Tensor, cause: Tensor) -> Tensor:
        """What the next round reads of utterances, (…, T).

        Args:
            streams: The tasks' streams, (…, D).
            emotion: (…, C) probabilities.
            cause: (…, 2) probabilities.
        """
        distributions = self.feedback is Feedback.DISTRIBUTIONS
        read = (emotion, cause) if distributions else (streams.emotion, streams.cause)
        embedded: Tensor = self.labels(torch.cat(read, -1))
        return embedded

    def forward(self, streams: Streams, summary: Tensor) -> Streams:
        """The streams after taking in what was said around them.

        Args:
            streams: The tasks' streams, (…, D).
            summary: (…, T) what the attention read.
        """
        return streams._replace(
            emotion=_updated(self.emotion_cell, streams.emotion, summary),
            cause=_updated(self.cause_cell, streams.cause, summary),
        )


def _updated(cell: nn.GRUCell, state: Tensor, summary: Tensor) -> Tensor:
    updated: Tensor = cell(summary.flatten(0, -2), state.flatten(0, -2))
    return updated.view_as(state)
