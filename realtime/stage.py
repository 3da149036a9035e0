"""What one step of the stream is: it knows neither queues nor tasks, so its test is items in, results out."""

from collections.abc import Sequence
from typing import Protocol

from realtime.events import Event


class Stage(Protocol):
    """One step: opens, turns one event into zero, one or many, flushes, closes."""

    async def open(self) -> None:
        """Load and warm up; after this the first event costs no more than the hundredth."""

    async def process(self, event: Event) -> Sequence[Event]:
        """Results of one event. An event that is not this stage's own is returned as it is.

        Raises:
            SkippableError: This event failed; the next may not.
        """

    async def flush(self) -> Sequence[Event]:
        """What was held back, when the stream has ended."""

    async def close(self) -> None:
        """Let go of processes, threads and files. May be called twice, and at any moment."""
