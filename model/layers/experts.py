"""Implicit mutual learning: progressive layered extraction with shared experts and experts of each task.

As in Tang et al. 2020 ("Progressive Layered Extraction (PLE): A Novel Multi-Task Learning Model for Personalized
Recommendations", section 4.2), with three tasks: emotion, cause and pair. How MTML arranges it is INFERRED. Everything
here works on one utterance at a time.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Streams(NamedTuple):
    """What the tasks make of utterances, each (…, D)."""

    emotion: Tensor
    cause: Tensor
    pair: Tensor


class Expert(nn.Module):
    """One transformation: GELU(W x), with dropout.

    Shapes:
        (…, D) -> (…, D).
    """

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.linear = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, rows: Tensor) -> Tensor:
        """(…, D) of (…, D)."""
        transformed: Tensor = self.dropout(F.gelu(self.linear(rows)))
        return transformed


class Mixture(nn.Module):
    """A stream takes in experts: x' = LN(x + sum_k softmax_k(W x) y_k), y_k being what expert k says.

    Args:
        width: D.
        experts: K, how many experts the stream's gate sees.
    """

    def __init__(self, width: int, experts: int) -> None:
        super().__init__()
        self.gate = nn.Linear(width, experts)
        self.norm = nn.LayerNorm(width)

    def forward(self, stream: Tensor, said: list[Tensor]) -> Tensor:
        """(…, D) of the stream (…, D) and what K experts say, (…, D) each."""
        shares = self.gate(stream).softmax(-1)  # (…, K)
        mixed = (torch.stack(said, -1) * shares.unsqueeze(-2)).sum(-1)
        taken: Tensor = self.norm(stream + mixed)
        return taken


class ExtractionLevel(nn.Module):
    """One level: experts of each task read its stream, shared experts the shared stream.

    The gate of a task mixes its own and the shared experts; the gate of the shared stream sees them all.

    Args:
        width: D.
        experts: Experts of each task, and shared ones.
        dropout: Share of features dropped in training.
        last: The last level has no shared stream after it.
    """

    def __init__(self, width: int, experts: int, dropout: float, *, last: bool) -> None:
        super().__init__()
        tasks = len(Streams._fields)
        self.own = nn.ModuleList(nn.ModuleList(Expert(width, dropout) for _ in range(experts)) for _ in range(tasks))
        self.shared = nn.ModuleList(Expert(width, dropout) for _ in range(experts))
        self.mixtures = nn.ModuleList(Mixture(width, 2 * experts) for _ in range(tasks))
        self.shared_mixture = None if last else Mixture(width, (tasks + 1) * experts)

    def forward(self, streams: Streams, shared: Tensor) -> tuple[Streams, Tensor]:
        """The streams of the tasks and the shared one after this level, all (…, D)."""
        common = [expert(shared) for expert in self.shared]
        said = [[expert(stream) for expert in own] for own, stream in zip(self.own, streams, strict=True)]  # type: ignore[attr-defined]  # a ModuleList forgets its type
        mixed = (
            mixture(stream, own + common) for mixture, stream, own in zip(self.mixtures, streams, said, strict=True)
        )
        if self.shared_mixture is not None:
            shared = self.shared_mixture(shared, [row for own in said for row in own] + common)
        return Streams(*mixed), shared


class Extraction(nn.Module):
    """Progressive layered extraction over several levels, from what MIGAT made of both tasks' nodes.

    The pair's and the shared stream start from the mean of both.

    Args:
        width: D.
        levels: How many.
        experts: Experts of each task, and shared ones, per level.
        dropout: Share of features dropped in training.
    """

    def __init__(self, width: int, levels: int, experts: int, dropout: float) -> None:
        super().__init__()
        self.levels = nn.ModuleList(
            ExtractionLevel(width, experts, dropout, last=level == levels - 1) for level in range(levels)
        )

    def forward(self, emotion: Tensor, cause: Tensor) -> Streams:
        """The three tasks' streams (…, D) of emotion and cause nodes (…, D)."""
        shared = (emotion + cause) / 2
        streams = Streams(emotion, cause, shared)
        for level in self.levels:
            streams, shared = level(streams, shared)
        return streams


class SharedTrunk(nn.Module):
    """What takes the place of the extraction when it has no levels: one expert for all tasks, x' = LN(x + y).

    Args:
        width: D.
        dropout: Share of features dropped in training.
    """

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.expert = Expert(width, dropout)
        self.norm = nn.LayerNorm(width)

    def forward(self, emotion: Tensor, cause: Tensor) -> Streams:
        """The three tasks' streams (…, D) of emotion and cause nodes (…, D)."""
        streams = Streams(emotion, cause, (emotion + cause) / 2)
        return Streams(*(self.norm(stream + self.expert(stream)) for stream in streams))
