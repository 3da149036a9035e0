"""What a subscriber received of a long run: counts, holes in the counting, and how late results were."""

from array import array
from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final

from edge.watch.subscriber import Received

COUNTED: Final = ("transcript/final", "emotion", "cause")
"""The subjects of which every utterance gets one message that never changes again."""


class Receipts:
    """Counts messages as they come; its size does not grow with their number, but for two numbers per utterance.

    Args:
        chosen_s: A wait that was chosen and is no lag: the silence that ends an utterance, seconds.
    """

    def __init__(self, chosen_s: float) -> None:
        self.finals: Counter[str] = Counter()
        """Messages by subject, of each utterance the one that is final."""
        self.holes = 0
        """Numbers of events that were skipped."""
        self.repeated = 0
        """Events that came again, or out of order."""
        self.errors = 0
        """Items that could not be processed."""
        self.heard_until_s = array("d")
        """Per utterance, the media time of its end."""
        self.lags_ms = array("d")
        """Per utterance, from its last sample of speech to the receipt of its emotion, the chosen wait aside."""
        self._chosen_ms = 1000 * chosen_s
        self._next: dict[str, int] = {}

    def hear(self, message: Received) -> None:
        """Take a message in."""
        subject, payload = message.place.subject, message.payload
        if "seq" in payload:
            self._count(payload)
        if subject in COUNTED and payload.get("status", "final") == "final":
            self.finals[subject] += 1
        if subject == "emotion" and payload.get("latency_ms"):
            self._time(payload)
        self.errors += subject == "error"
        if subject == "lifecycle" and payload.get("event") == "ended":
            self._next.pop(payload["conversation_id"], None)

    def _count(self, payload: dict[str, Any]) -> None:
        conversation, number = payload["conversation_id"], payload["seq"]
        expected = self._next.get(conversation, 1)
        self.holes += max(0, number - expected)
        self.repeated += number < expected
        self._next[conversation] = max(expected, number + 1)

    def _time(self, payload: dict[str, Any]) -> None:
        delivery_s = (datetime.now(UTC) - datetime.fromisoformat(payload["at"])).total_seconds()
        self.heard_until_s.append(payload["media"]["end_s"])
        self.lags_ms.append(max(0.0, payload["latency_ms"]["total"] + 1000 * delivery_s - self._chosen_ms))
