"""Writing and reading the rings of the conversations of one step, by the numbers of their utterances."""

import torch
from torch import Tensor

from realtime.incremental.state import State


class Lanes:
    """The slots of B conversations, in each of which an utterance has just arrived.

    Everything is done on the device by arithmetic on numbers: shapes depend on B and the rings alone. A slot may stand
    there more than once only if what is written there does not matter.

    Args:
        state: What is remembered of all conversations.
        slots: (B,) int64, where each conversation's rings are.
        speakers: (B,) int64, who spoke: numbers, or `NOBODY`.

    Attributes:
        newest: (B,) int64, number of the utterance that arrived.
    """

    def __init__(self, state: State, slots: Tensor, speakers: Tensor) -> None:
        self._state = state
        self._slots = slots.unsqueeze(1)  # (B, 1)
        self.newest = state.newest.index_select(0, slots) + 1
        state.newest.index_copy_(0, slots, self.newest)
        state.speakers.index_put_((slots, self.newest % state.speakers.shape[1]), speakers)
        self._places: dict[int, Tensor] = {}

    def numbers(self, rows: int) -> Tensor:
        """Numbers (B, R) of the last R utterances; negative before the first."""
        return self.newest.unsqueeze(1) + torch.arange(1 - rows, 1, device=self.newest.device)

    def speakers(self, numbers: Tensor) -> Tensor:
        """Who spoke the utterances of these numbers (B, …), of those still held; anything where there is none."""
        held = self._state.speakers
        slots = self._slots.view(-1, *[1] * (numbers.dim() - 1))
        return held[slots, numbers % held.shape[1]]

    def extend(self, name: str, rows: Tensor) -> Tensor:
        """Put rows of the last utterances into a ring, over what it held of them.

        Args:
            name: The ring, C its capacity.
            rows: (B, R, …) those that are new or changed, the newest last; R at most C.

        Returns:
            (B, C, …) everything that the ring holds now, the newest last; anything before the first utterance.
        """
        capacity, count = self._state.rings[name].capacity, rows.shape[1]
        held = self._state.view(name)  # (S, C, W)
        places = self._in_order(capacity)
        held.index_put_((self._slots, places[:, capacity - count :]), rows.flatten(2))
        if count == capacity:
            return rows
        return held[self._slots, places].view(-1, capacity, *rows.shape[2:])

    def _in_order(self, capacity: int) -> Tensor:
        """Places (B, C) of the last C utterances in rings that hold so many, the newest last."""
        if capacity not in self._places:
            self._places[capacity] = self.numbers(capacity) % capacity
        return self._places[capacity]
