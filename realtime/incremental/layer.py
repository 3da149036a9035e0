"""One MIGAT layer over the rows that a new utterance can change."""

from collections.abc import Mapping

import torch
from torch import Tensor

from model.graph import Kind
from model.layers.attention import KindAttention, LayerParameters, TaskUpdate
from realtime.incremental.band import Places
from realtime.incremental.ring import Ring
from realtime.incremental.window import message

_KINDS = (Kind.INTRA, Kind.CROSS_TASK)


class IncrementalLayer:
    """The layer's parameters with rings for what is settled: nodes, and keys and values per kind of connection.

    Layer l recomputes R = l * A + 1 rows, where A is the furthest any connection looks ahead. Of its input, R - A rows
    are new; before the first layer that is one row.

    Args:
        parameters: The layer's own modules; nothing is copied.
        ahead: A, the furthest that connections within or across tasks look ahead, in utterances.
    """

    def __init__(self, parameters: LayerParameters, ahead: int) -> None:
        self._tasks = (parameters.emotion, parameters.cause)
        like = parameters.emotion.output.weight
        width = like.shape[0]
        self._nodes = tuple(Ring(ahead, width, like) for _ in self._tasks)
        self._sources = tuple(
            tuple(Ring(ahead + attention.window.past, 2 * width, like) for attention in _attentions(task))
            for task in self._tasks
        )

    def rings(self) -> list[Ring]:
        """All its rings."""
        return [*self._nodes, *(ring for rings in self._sources for ring in rings)]

    def step(
        self, slots: Tensor, emotion: Tensor, cause: Tensor, places: Mapping[Kind, Places]
    ) -> tuple[Tensor, Tensor]:
        """Emotion and cause nodes after this layer.

        Args:
            slots: (B,) int64, the slots of this step.
            emotion: (B, R - A, D) emotion nodes before the layer that are new or changed.
            cause: (B, R - A, D) cause nodes, likewise.
            places: Per kind the connections, (B, at least R, W).

        Returns:
            Both, (B, R, D).
        """
        changed = (emotion, cause)
        nodes = [ring.extend(slots, rows) for ring, rows in zip(self._nodes, changed, strict=True)]
        own = [places[kind].last(nodes[0].shape[1]) for kind in _KINDS]
        present = _present(own)
        updated = []
        for number, task in enumerate(self._tasks):
            sources = (changed[number], changed[1 - number])  # within the task, and from the other
            messages = [
                message(attention, nodes[number], ring.extend(slots, _keys_and_values(attention, rows)), where)
                for attention, ring, rows, where in zip(
                    _attentions(task), self._sources[number], sources, own, strict=True
                )
            ]
            updated.append(task(nodes[number], (messages[0], messages[1]), present))
        return updated[0], updated[1]


def _attentions(task: TaskUpdate) -> tuple[KindAttention, KindAttention]:
    return task.intra, task.cross_task


def _keys_and_values(attention: KindAttention, rows: Tensor) -> Tensor:
    """Keys and values side by side, (B, R, 2 D), of (B, R, D) rows."""
    return torch.cat((attention.key(rows), attention.value(rows)), -1)


def _present(kinds: list[Places]) -> Tensor:
    """(B, R, 2) whether a node has connections of each kind; rows before the first utterance count as having one."""
    present = torch.stack([places.present.any(-1) for places in kinds], -1)
    present[..., 0] |= ~present.any(-1)
    return present
