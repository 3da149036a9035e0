"""The one clock of a conversation, which the sound counts: everything else that is captured is placed on it."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from realtime.events import AudioFrame, Event, Transcript


class MediaClock:
    """Maps moments of the monotonic clock onto media time, and knows how far the sound has come.

    Frames of sound are handed over a little late, by turns more and less; the one that came least late among the last
    seconds of sound says best when media time was zero. That follows a sound card whose clock is slower or faster than
    ours (at 200 ppm it lies behind by 1 ms), and no stall moves it: the sound that was held up arrives in the end, and
    the last of it on time. The seconds are those of the sound, so that a long one cannot make what came before it old.
    """

    _REMEMBERED_S = 5.0
    _AFTER_WORDS_S = 1.0

    def __init__(self) -> None:
        # Media time, and the moment of zero by the frame that ended there; both rise, so the first has the least.
        self._zeros: deque[tuple[float, float]] = deque()
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
        while self._zeros and self._zeros[-1][1] >= zero_at:
            self._zeros.pop()
        self._zeros.append((end_s, zero_at))
        while self._zeros[0][0] < end_s - self._REMEMBERED_S:
            self._zeros.popleft()
        self.advance(end_s)

    def heard_s(self) -> float:
        """How far the stream has come, media time in seconds."""
        return self._position_s

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
        return moment - self._zeros[0][1] if self._zeros else None

    async def reached(self, time_s: float) -> bool:
        """Return once the sound has come to a media time: True; or has ended before it: False."""
        while self._position_s < time_s and not self._ended:
            await self._moved.wait()
        return self._position_s >= time_s

    def _notify(self) -> None:
        """Wake all who wait, each once."""
        self._moved.set()
        self._moved = asyncio.Event()
