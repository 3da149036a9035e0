"""One MIGAT layer over the rows that a new utterance can change."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from model.graph import Kind
from model.layers.attention import KindAttention
from model.layers.update import LayerParameters, TaskUpdate
from realtime.incremental.plain.lanes import Lanes
from realtime.incremental.plain.relations import Connections
from realtime.incremental.plain.window import across_modalities, message, spread
from realtime.incremental.state import TASKS


class IncrementalLayer:
    """The layer's parameters over rings: nodes, and keys and values per kind of connection.

    Layer l recomputes R = l * A + 1 rows, where A is the furthest any connection looks ahead. Of its input, R - A rows
    are new or changed; before the first layer that is one row.

    Args:
        parameters: The layer's own modules; nothing is copied.
        name: Of its rings.
    """

    def __init__(self, parameters: LayerParameters, name: str) -> None:
        updates = (parameters.emotion, parameters.cause)
        self._tasks = [_Task(update, f"{name}.{task}") for task, update in zip(TASKS, updates, strict=True)]

    def step(
        self, lanes: Lanes, emotion: Tensor, cause: Tensor, connections: Mapping[Kind, Connections], present: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Emotion and cause nodes after this layer.

        Args:
            lanes: The conversations of this step.
            emotion: (B, R - A, M, D) emotion nodes before the layer that are new or changed.
            cause: (B, R - A, M, D) cause nodes, likewise.
            connections: Per kind, (B, at least R, W).
            present: (B, at least past + R, M) which modalities the last utterances have.

        Returns:
            Both, (B, R, M, D).
        """
        for_emotion, for_cause = self._tasks
        return (
            for_emotion.step(lanes, (emotion, cause), connections, present),
            for_cause.step(lanes, (cause, emotion), connections, present),
        )


class _Task:
    """The half of a layer that updates the nodes of one task."""

    def __init__(self, update: TaskUpdate, name: str) -> None:
        self._update = update
        self._name = name

    def step(
        self, lanes: Lanes, changed: tuple[Tensor, Tensor], connections: Mapping[Kind, Connections], present: Tensor
    ) -> Tensor:
        """Nodes (B, R, M, D) after the layer; `changed` are this task's rows and the other's, (B, R - A, M, D)."""
        own, other = changed
        nodes = lanes.extend(f"{self._name}.nodes", own)  # (B, R, M, D)
        rows = nodes.shape[1]
        messages, reached = [], []
        for kind, attention, from_other in self._update.along_utterances():
            read = _keys_and_values(attention, other if from_other else own)
            sources = lanes.extend(f"{self._name}.{kind}", read)  # (B, past + R, M, 2 D)
            along = _per_modality(connections[kind].last(rows), attention, present)
            messages.append(_unfold(message(attention, _fold(nodes), _fold(sources), along), nodes))
            reached.append(_unfold(along.present.any(-1, keepdim=True), nodes).squeeze(-1))
        if self._update.between_modalities is not None:
            beside, some = across_modalities(self._update.between_modalities, nodes, present[:, -rows:])
            messages.append(beside)
            reached.append(some)
        updated: Tensor = self._update(nodes, messages, _gated(reached))
        return updated


def _fold(rows: Tensor) -> Tensor:
    """(B, R, M, D) as (B M, R, D): connections between utterances stay within a modality."""
    return rows.transpose(1, 2).flatten(0, 1)


def _unfold(rows: Tensor, like: Tensor) -> Tensor:
    """(B M, R, D) as (B, R, M, D)."""
    batch, _, modalities, _ = like.shape
    return rows.view(batch, modalities, *rows.shape[1:]).transpose(1, 2)


def _keys_and_values(attention: KindAttention, rows: Tensor) -> Tensor:
    """Keys and values side by side, (…, 2 D), of (…, D) rows."""
    return torch.cat((attention.key(rows), attention.value(rows)), -1)


def _per_modality(connections: Connections, attention: KindAttention, present: Tensor) -> Connections:
    """The connections (B M, R, W) between nodes of one modality, from those between utterances (B, R, W)."""
    modalities, rows = present.shape[2], connections.present.shape[1]
    if modalities == 1:
        return connections
    sources = spread(present[:, -(attention.window.past + rows) :], attention.window)  # (B, R, W, M)
    both = connections.present.unsqueeze(-1) & sources & present[:, -rows:].unsqueeze(2)
    relation = connections.relation.unsqueeze(1).expand(-1, modalities, -1, -1).flatten(0, 1)
    return Connections(both.movedim(-1, 1).flatten(0, 1), relation, connections.offset)


def _gated(reached: Sequence[Tensor]) -> Tensor:
    """(B, R, M, K) which kinds enter a node's gate; a node without any, before the first utterance, keeps the first."""
    present = torch.stack(list(reached), -1)
    present[..., 0] |= ~present.any(-1)
    return present
