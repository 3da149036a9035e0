"""Settled rows of many conversations: what later utterances still read and nothing can change any more."""

import torch
from torch import Tensor


class Ring:
    """The last settled rows of S slots, one slot per conversation, of constant size.

    Every step each row's place moves on by one utterance: one more row is settled and the oldest is no longer read.

    Args:
        keep: K, how many settled rows are still read.
        width: D, features of a row.
        like: A tensor of the device and type to use.
    """

    def __init__(self, keep: int, width: int, like: Tensor) -> None:
        self._keep = keep
        self._rows = like.new_zeros(0, keep, width)  # (S, K, D)

    def resize(self, slots: int) -> None:
        """Make room for S slots; those in use stay as they are."""
        added = self._rows.new_zeros(slots - self._rows.shape[0], *self._rows.shape[1:])
        self._rows = torch.cat((self._rows, added))

    def clear(self, slot: int) -> None:
        """Forget what a slot holds."""
        self._rows[slot].zero_()

    def extend(self, slots: Tensor, rows: Tensor) -> Tensor:
        """Put new rows after the settled ones, and keep those that the next step reads.

        Args:
            slots: (B,) int64, the slots of this step.
            rows: (B, R, D) the rows that were computed anew; the first of them is settled from now on.

        Returns:
            (B, K + R, D), oldest first.
        """
        if not self._keep:
            return rows
        held = torch.cat((self._rows.index_select(0, slots), rows), 1)
        self._rows.index_copy_(0, slots, held[:, 1 : 1 + self._keep])
        return held
