"""A long meeting as captions: the demo's words said over and over, and how fast they are understood."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.brokers.embedded import EmbeddedBroker
from edge.brokers.embedded import Settings as BrokerSettings
from edge.demo.script import SpokenLine, read_spoken_script
from edge.rehearsal import rehearse
from edge.settings import AppSettings
from edge.watch.subscriber import Received
from realtime.parts import PartChoice
from realtime.protocols import SourceInfo

_PAUSE_S = 0.5
_RESULTS = ("transcript/final", "emotion", "cause")


@dataclass(frozen=True, slots=True)
class MeetingResult:
    """How fast a meeting was understood.

    Attributes:
        utterances: How many were said.
        received: Messages that a subscriber got, by subject.
        took_s: From the first caption read to the last cause received.
    """

    utterances: int
    received: dict[str, int]
    took_s: float

    @property
    def per_second(self) -> float:
        """Utterances understood per second."""
        return self.utterances / self.took_s

    @property
    def complete(self) -> bool:
        """Whether every utterance came back with its words, its emotion and its causes."""
        return all(self.received.get(subject) == self.utterances for subject in _RESULTS)

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "utterances": self.utterances,
            "took_s": round(self.took_s, 2),
            "utterances_per_s": round(self.per_second, 1),
            "received": self.received,
            "complete": self.complete,
        }


def said(utterances: int) -> Iterator[SpokenLine]:
    """The demo's lines, one after another without overlap, over and over.

    Args:
        utterances: How many.
    """
    lines = read_spoken_script()
    start_s = 0.0
    for number in range(utterances):
        line = lines[number % len(lines)]
        end_s = start_s + line.end_s - line.start_s
        yield SpokenLine(line.line, start_s, end_s)
        start_s = end_s + _PAUSE_S


def as_webvtt(lines: Iterator[SpokenLine]) -> Iterator[str]:
    """Captions in WebVTT, cue by cue."""
    yield "WEBVTT\n"
    for line in lines:
        yield f"\n{_clock(line.start_s)} --> {_clock(line.end_s)}\n<v {line.line.speaker}>{line.line.text}</v>\n"


async def measure_meeting(settings: AppSettings, utterances: int, folder: Path) -> MeetingResult:
    """Let a meeting be understood as fast as it goes, published at a broker of its own, and heard by a subscriber.

    Args:
        settings: What to run; source and broker are replaced.
        utterances: How long the meeting is.
        folder: Where its captions are written.
    """
    path = folder / "meeting.vtt"
    path.write_text("".join(as_webvtt(said(utterances))), encoding="utf-8")
    chosen = settings.model_copy(update={"source": PartChoice(part="captions", path=str(path), fast=True)})
    received: Counter[str] = Counter()
    began_at = ended_at = 0.0

    def hear(message: Received) -> None:
        nonlocal ended_at
        received[message.place.subject] += 1
        if message.place.subject == "cause":
            ended_at = time.monotonic()

    async def ready(_: SourceInfo) -> None:
        nonlocal began_at
        began_at = time.monotonic()

    await rehearse(chosen, EmbeddedBroker(BrokerSettings(port=0, websocket_port=None)), hear, ready)
    return MeetingResult(utterances, dict(received), ended_at - began_at)


def _clock(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    return (
        f"{milliseconds // 3_600_000:02d}:{milliseconds // 60_000 % 60:02d}:"
        f"{milliseconds // 1000 % 60:02d}.{milliseconds % 1000:03d}"
    )
