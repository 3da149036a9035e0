"""What was answered lately: MQTT may deliver a command twice, and it is carried out once."""

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from edge.wire.message import Message
from realtime.clock import Clock

_MOST: Final = 256
_KEPT_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class _Answer:
    digest: bytes
    message: Message
    at: float


class Answers:
    """The newest answer to each question, for ten minutes; of at most 256 questions.

    Args:
        clock: For their age.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answers: OrderedDict[tuple[str, str], _Answer] = OrderedDict()

    def __len__(self) -> int:
        return len(self._answers)

    def find(self, sender: tuple[str, str], topic: str, payload: bytes) -> Message | None:
        """The answer that these very words were given; None where they are new."""
        known = self._answers.get(sender)
        if known is None or known.at < self._clock.now_s() - _KEPT_S or known.digest != _digest(topic, payload):
            return None
        return known.message

    def keep(self, sender: tuple[str, str], topic: str, payload: bytes, answer: Message) -> None:
        """Remember an answer, in place of an earlier one to the same sender's question of that id."""
        self._answers.pop(sender, None)
        self._answers[sender] = _Answer(_digest(topic, payload), answer, self._clock.now_s())
        while len(self._answers) > _MOST:
            self._answers.popitem(last=False)


def _digest(topic: str, payload: bytes) -> bytes:
    return sha256(topic.encode(errors="replace") + b"\0" + payload).digest()
