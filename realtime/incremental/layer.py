"""One MIGAT layer over the rows that a new utterance can change."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from model.graph import Kind
from model.layers.attention import KindAttention
from model.layers.update import LayerParameters, TaskUpdate
from realtime.incremental.band import Places
from realtime.incremental.ring import Ring
from realtime.incremental.window import across_modalities, message, spread


class IncrementalLayer:
    """The layer's parameters with rings for what is settled: nodes, and keys and values per kind of connection.

    Layer l recomputes R = l * A + 1 rows, where A is the furthest any connection looks ahead. Of its input, R - A rows
    are new; before the first layer that is one row. The M modalities' nodes of an utterance lie side by side.

    Args:
        parameters: The layer's own modules; nothing is copied.
        ahead: A, the furthest that connections within or across tasks look ahead, in utterances.
        modalities: M.
    """

    def __init__(self, parameters: LayerParameters, ahead: int, modalities: int) -> None:
        self._tasks = [_Task(task, ahead, modalities) for task in (parameters.emotion, parameters.cause)]

    def rings(self) -> list[Ring]:
        """All its rings."""
        return [ring for task in self._tasks for ring in task.rings]

    def step(
        self, slots: Tensor, emotion: Tensor, cause: Tensor, places: Mapping[Kind, Places], present: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Emotion and cause nodes after this layer.

        Args:
            slots: (B,) int64, the slots of this step.
            emotion: (B, R - A, M, D) emotion nodes before the layer that are new or changed.
            cause: (B, R - A, M, D) cause nodes, likewise.
            places: Per kind the connections, (B, at least R, W).
            present: (B, at least past + R, M) which modalities the last utterances have.

        Returns:
            Both, (B, R, M, D).
        """
        for_emotion, for_cause = self._tasks
        return (
            for_emotion.step(slots, (emotion, cause), places, present),
            for_cause.step(slots, (cause, emotion), places, present),
        )


class _Task:
    """The half of a layer that updates the nodes of one task."""

    def __init__(self, update: TaskUpdate, ahead: int, modalities: int) -> None:
        like = update.output.weight
        width = like.shape[0] * modalities
        self._update = update
        self._nodes = Ring(ahead, width, like)
        self._kinds = [
            (kind, attention, from_other, Ring(ahead + attention.window.past, 2 * width, like))
            for kind, attention, from_other in update.along_utterances()
        ]
        self.rings = [self._nodes, *(ring for *_, ring in self._kinds)]

    def step(
        self, slots: Tensor, changed: tuple[Tensor, Tensor], places: Mapping[Kind, Places], present: Tensor
    ) -> Tensor:
        """Nodes (B, R, M, D) after the layer; `changed` are this task's rows and the other's, (B, R - A, M, D)."""
        own, other = changed
        nodes = _extended(self._nodes, slots, own)  # (B, R, M, D)
        rows = nodes.shape[1]
        messages, reached = [], []
        for kind, attention, from_other, ring in self._kinds:
            sources = _extended(ring, slots, _keys_and_values(attention, other if from_other else own))
            where = _per_modality(places[kind].last(rows), attention, present)
            messages.append(_unfold(message(attention, _fold(nodes), _fold(sources), where), nodes))
            reached.append(_unfold(where.present.any(-1, keepdim=True), nodes).squeeze(-1))
        if self._update.between_modalities is not None:
            beside, some = across_modalities(self._update.between_modalities, nodes, present[:, -rows:])
            messages.append(beside)
            reached.append(some)
        updated: Tensor = self._update(nodes, messages, _gated(reached))
        return updated


def _extended(ring: Ring, slots: Tensor, rows: Tensor) -> Tensor:
    """(B, K + R, M, D): settled rows before (B, R, M, D) new ones."""
    held = ring.extend(slots, rows.flatten(2))
    return held.view(*held.shape[:2], *rows.shape[2:])


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


def _per_modality(places: Places, attention: KindAttention, present: Tensor) -> Places:
    """The connections (B M, R, W) between nodes of one modality, from those between utterances (B, R, W)."""
    modalities, rows = present.shape[2], places.present.shape[1]
    if modalities == 1:
        return places
    sources = spread(present[:, -(attention.window.past + rows) :], attention.window)  # (B, R, W, M)
    both = places.present.unsqueeze(-1) & sources & present[:, -rows:].unsqueeze(2)
    return Places(both.movedim(-1, 1).flatten(0, 1), places.relation.repeat_interleave(modalities, 0), places.offset)


def _gated(reached: Sequence[Tensor]) -> Tensor:
    """(B, R, M, K) which kinds enter a node's gate; a node without any, before the first utterance, keeps the first."""
    present = torch.stack(list(reached), -1)
    present[..., 0] |= ~present.any(-1)
    return present
