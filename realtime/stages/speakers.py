"""The stage that listens to voices: before a segment ends, it says what its voice was like."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from realtime.events import Event, SpeechDiscarded, SpeechEnded, SpeechStarted, VoiceHeard
from realtime.protocols import Diarizer

_REMEMBERED_S = 60.0  # longer than any segment


@dataclass(slots=True)
class _Heard:
    """When somebody was heard on a channel; `end_s` is infinite while they speak."""

    channel: int
    start_s: float
    end_s: float = float("inf")


class SpeakerStage:
    """Adds a `VoiceHeard` to every segment that ends, and sees where people speak on several channels at once.

    Args:
        diarizer: Finds out what is needed to tell who spoke.
    """

    def __init__(self, diarizer: Diarizer) -> None:
        self._diarizer = diarizer
        self._recent: dict[str, _Heard] = {}

    async def open(self) -> None:
        """Load what the diarizer needs."""
        await self._diarizer.open()

    async def process(self, event: Event) -> Sequence[Event]:
        """The event, and what the voice was like where it ends a segment."""
        match event:
            case SpeechStarted(segment=segment):
                self._recent[segment] = _Heard(event.channel, event.start_s)
            case SpeechDiscarded(segment=segment):
                self._recent.pop(segment, None)
            case SpeechEnded(segment=segment):
                self._recent[segment] = _Heard(event.channel, event.start_s, event.end_s)
                self._forget_before(event.start_s - _REMEMBERED_S)
            case _:
                pass
        return [self._marked(result) for result in await self._diarizer.process(event)]

    async def flush(self) -> Sequence[Event]:
        """Nothing is held back."""
        return ()

    async def close(self) -> None:
        """Nothing to let go of."""

    def _marked(self, event: Event) -> Event:
        """The event; what was heard of a voice says whether somebody else spoke at the same time."""
        if not isinstance(event, VoiceHeard):
            return event
        at_once = any(
            other.channel != event.channel and other.start_s < event.end_s and event.start_s < other.end_s
            for other in self._recent.values()
        )
        return replace(event, overlap=event.overlap or at_once)

    def _forget_before(self, time_s: float) -> None:
        self._recent = {segment: heard for segment, heard in self._recent.items() if heard.end_s >= time_s}
