"""What a subscriber heard of the demo: messages in, utterances with emotions and causes out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from edge.demo.scoring import HeardUtterance
from edge.watch.subscriber import Received


@dataclass(slots=True)
class Hearing:
    """Collects the messages of one conversation by utterance; the newest revision counts.

    Attributes:
        messages: How many messages came, by subject.
        revisions: How many emotions came again, changed or confirmed.
        latencies_ms: Per utterance, the parts of its first emotion message's latency.
        ended: Why the conversation ended; empty until it has.
    """

    messages: dict[str, int] = field(default_factory=dict)
    revisions: int = 0
    latencies_ms: list[dict[str, float]] = field(default_factory=list)
    ended: str = ""
    _transcripts: dict[str, dict[str, Any]] = field(default_factory=dict)
    _emotions: dict[str, dict[str, Any]] = field(default_factory=dict)
    _causes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def hear(self, message: Received) -> None:
        """Take a message in; what is not about an utterance is only counted."""
        subject, payload = message.place.subject, message.payload
        self.messages[subject] = self.messages.get(subject, 0) + 1
        match subject:
            case "lifecycle" if payload["event"] == "ended":
                self.ended = payload["reason"]
            case "transcript/final":
                self._transcripts[payload["utterance"]] = payload
            case "emotion":
                self._emotion(payload)
            case "cause":
                self._causes[payload["utterance"]] = payload
            case _:
                pass

    def utterances(self) -> Sequence[HeardUtterance]:
        """What was heard, in the order in which it was published."""
        positions = {utterance: position for position, utterance in enumerate(self._transcripts)}
        return [
            HeardUtterance(
                start_s=transcript["media"]["start_s"],
                end_s=transcript["media"]["end_s"],
                speaker=transcript["speaker"]["id"],
                text=transcript["text"],
                emotion=self._emotions[utterance]["emotion"]["label"],
                causes=tuple(positions[link["cause"]] for link in self._causes[utterance]["links"]),
            )
            for utterance, transcript in self._transcripts.items()
        ]

    def _emotion(self, payload: dict[str, Any]) -> None:
        if payload["utterance"] in self._emotions:
            self.revisions += 1
        elif payload["latency_ms"] is not None:
            self.latencies_ms.append(payload["latency_ms"])
        self._emotions[payload["utterance"]] = payload
