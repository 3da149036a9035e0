"""Which of the last utterances are connected, and how: the rules of `model.graph` as arithmetic on numbers."""

from dataclasses import dataclass

import torch
from torch import Tensor

from model.graph import Relation, Window
from realtime.incremental.plain.lanes import Lanes
from realtime.incremental.state import NOBODY


@dataclass(frozen=True, slots=True)
class Connections:
    """The connections of one kind that the last R utterances of B conversations have, by relative position.

    Attributes:
        present: (B, R, W) whether there is a connection.
        relation: (B, R, W) int64 values of `Relation`; meaningless where there is none.
        offset: (W,) int64 relative position of the source.
    """

    present: Tensor
    relation: Tensor
    offset: Tensor

    def last(self, rows: int) -> "Connections":
        """The same of the last rows alone."""
        return Connections(self.present[:, -rows:], self.relation[:, -rows:], self.offset)


def connect(lanes: Lanes, window: Window, rows: int) -> Connections:
    """The connections of one kind that the last R utterances of B conversations have, as `ConversationGraph` has them.

    Args:
        lanes: The conversations.
        window: How far connections of this kind reach.
        rows: R.
    """
    offset = torch.arange(-window.past, window.ahead + 1, device=lanes.newest.device)
    target = lanes.numbers(rows).unsqueeze(2)  # (B, R, 1)
    source = target + offset  # (B, R, W)
    reader, read = lanes.speakers(target), lanes.speakers(source)
    relation = (
        torch.full_like(source, Relation.OTHER_SPEAKER)
        .masked_fill(read == reader, Relation.SAME_SPEAKER)
        .masked_fill((read == NOBODY) | (reader == NOBODY), Relation.UNKNOWN)
        .masked_fill(offset == 0, Relation.SELF)
    )
    present = (target >= 0) & (source >= 0) & (source <= lanes.newest.view(-1, 1, 1))
    return Connections(present, relation, offset)
