"""The one clock of a conversation, which the sound counts: everything else that is captured is placed on it."""

import asyncio
from collections.abc import AsyncGenerator

from realtime.events import AudioFrame, Event, Transcript


class MediaClock:
    """Maps moments of the monotonic clock onto media time, and knows how far the sound has come.

    Frames of sound are handed over a little late, by turns more and less; the newest frames that came earliest say best
    when media time was zero, so the offset follows a smaller one at once and a larger one slowly. That also follows a
    sound card whose clock is slower than ours.
    """

    _FOLLOW = 0.001  # of the difference, per frame of about 20 ms: a tenth of a second is caught up within a minute
    _AFTER_WORDS_S = 1.0

    def __init__(self) -> None:
        self._zero_at: float | None = None
        self._position_s = 0.0
        self._ended = False
        self._moved = asyncio.Event()

    async def followed(self, events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
        """The same events, whose frames of sound are observed; when they end, there is no more sound."""
        try:
            async for event in events:
                if isinstance(event, AudioFrame):
                    self.observe(event.end_s, event.arrived_at)
                elif isinstance(event, Transcript):  # of a source of words; pictures of its last second may come, too
                    self.advance(event.end_s + self._AFTER_WORDS_S)
                yield event
        finally:
            self.end()
            await events.aclose()

    def observe(self, end_s: float, arrived_at: float) -> None:
        """Note that the sound has come to media time `end_s`, captured at the moment `arrived_at`."""
        zero_at = arrived_at - end_s
        if self._zero_at is None or zero_at < self._zero_at:
            self._zero_at = zero_at
        else:
            self._zero_at += self._FOLLOW * (zero_at - self._zero_at)
        self.advance(end_s)

    def advance(self, time_s: float) -> None:
        """Note that the stream has come to a media time."""
        self._position_s = max(self._position_s, time_s)
        self._notify()

    def end(self) -> None:
        """Note that there will be no more sound: nobody waits any longer."""
        self._ended = True
        self._notify()

    def time_s(self, moment: float) -> float | None:
        """Media time of a moment of the monotonic clock; None before the first sound."""
        return None if self._zero_at is None else moment - self._zero_at

    async def reached(self, time_s: float) -> bool:
        """Return once the sound has come to a media time: True; or has ended before it: False."""
        while self._position_s < time_s and not self._ended:
            await self._moved.wait()
        return self._position_s >= time_s

    def _notify(self) -> None:
        """Wake all who wait, each once."""
        self._moved.set()
        self._moved = asyncio.Event()
