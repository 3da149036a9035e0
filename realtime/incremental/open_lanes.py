"""Conversations by their ids: those that are open, and of these the ones that still read."""

from typing import Protocol, TypeVar


class Finishing(Protocol):
    """What is known of a conversation."""

    finished: bool
    """Whether it takes no more."""


Lane = TypeVar("Lane", bound=Finishing)


class OpenLanes(dict[int, Lane]):
    """What is known of each open conversation."""

    def named(self, lane: int) -> Lane:
        """An open conversation. Raises ValueError where there is none of that id."""
        if lane not in self:
            raise ValueError(f"lane {lane} is not open")
        return self[lane]

    def running(self, lane: int) -> Lane:
        """An open conversation that has not finished. Raises ValueError otherwise."""
        state = self.named(lane)
        if state.finished:
            raise ValueError(f"lane {lane} has finished")
        return state
