"""A source of words that says what a test says, when it says so."""

import asyncio
from collections.abc import AsyncGenerator

from realtime.clock import SystemClock
from realtime.events import Event, Latency, Quiet, Speaker, SpeakerIdentified, SpeakerKind, Transcript
from realtime.protocols import SourceInfo

_QUIET_S = 0.1


class LiveWords:
    """Captions as they come, and silence between them; each utterance is two seconds long. The test ends it."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._said = 0

    def say(self, speaker: str, text: str) -> None:
        number, self._said = self._said, self._said + 1
        kind = SpeakerKind.UNKNOWN if speaker == "unknown" else SpeakerKind.CHANNEL
        start_s, now = 3.0 * number, self._clock.now_s()
        self._events.put_nowait(SpeakerIdentified(f"c{number}", Speaker(speaker, kind, 1.0)))
        self._events.put_nowait(
            Transcript(
                f"c{number}", 0, start_s, start_s + 2.0, text, (), 1.0, "en", "captions", False, False, Latency(now)
            )
        )

    def end(self) -> None:
        self._events.put_nowait(None)

    async def open(self) -> SourceInfo:
        return SourceInfo("a test", 0, words=True)

    async def events(self) -> AsyncGenerator[Event, None]:
        while (event := await self._next()) is not None:
            yield event

    async def _next(self) -> Event | None:
        try:
            return await asyncio.wait_for(self._events.get(), _QUIET_S)
        except TimeoutError:
            return Quiet(3.0 * self._said)

    async def close(self) -> None:
        """Nothing to let go of."""
