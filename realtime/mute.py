"""Not listening for a while: the machine itself speaks, or somebody asked for it."""

import math
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace

import numpy as np

from realtime.clock import Clock
from realtime.events import (
    AudioFrame,
    Event,
    Health,
    ListeningPaused,
    ListeningResumed,
    PartHealth,
    Quiet,
    SpeechDiscarded,
    Transcript,
)

_PART = "microphone"
_MOST = 64  # who may hold it at once; one more takes the place of whoever would let go first


@dataclass(frozen=True, slots=True)
class _Hold:
    """Why nothing is heard, and until which moment at most."""

    reason: str
    until: float


class Mute:
    """Turns what is heard into silence while anybody holds it.

    Silence rather than a hole: the media clock goes on, what was being said before ends as after a pause, and a
    conversation ends when nobody is heard for long. That nothing is heard, and why, is said into the stream.

    Args:
        clock: For the moments of holding and letting go.
        say: Puts an event into the stream.
        tail_s: After the last has let go, for so long the room may still echo, seconds.
    """

    def __init__(self, clock: Clock, say: Callable[[Event], None], tail_s: float) -> None:
        self._clock = clock
        self._say = say
        self._tail_s = tail_s
        self._holds: dict[str, _Hold] = {}
        self._since = 0.0
        self._until: float | None = None  # of the tail, once nobody holds any more
        self._paused = False
        self._reason = ""

    @property
    def held(self) -> bool:
        """Whether somebody holds it at this moment; after the last there is still the tail."""
        self._settle(self._clock.now_s())
        return bool(self._holds)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why nothing is heard at this moment; of everybody who holds it."""
        self._settle(self._clock.now_s())
        return tuple(hold.reason for hold in self._holds.values())

    def is_held_by(self, holder: str) -> bool:
        """Whether this one holds it."""
        return self.reason(holder) is not None

    def reason(self, holder: str) -> str | None:
        """Why this one holds it; None where it does not."""
        self._settle(self._clock.now_s())
        hold = self._holds.get(holder)
        return None if hold is None else hold.reason

    def hold(self, holder: str, reason: str, for_s: float, *, at_once: bool = False) -> None:
        """Stop listening; the same holder again prolongs it.

        Args:
            holder: Who asks; several may at once.
            reason: Why, in a few words; published.
            for_s: When it is let go of by itself, seconds from now; infinite for never.
            at_once: Whether sound that was captured before, and is still on its way, is silenced, too.
        """
        now = self._clock.now_s()
        self._holds[holder] = _Hold(reason, now + for_s)
        if len(self._holds) > _MOST:
            del self._holds[min(self._holds, key=lambda name: self._holds[name].until)]
        self._until = None
        if not self._paused:
            self._paused, self._since, self._reason = True, now, reason
            self._say(PartHealth(_PART, Health.DISABLED, reason))
            self._say(ListeningPaused(reason))
        if at_once:
            self._since = -math.inf

    def release(self, holder: str) -> None:
        """Listen again, unless somebody else holds it; who does not hold it may say so, too."""
        self._holds.pop(holder, None)
        self._settle(self._clock.now_s())

    async def heard(self, events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
        """The same events; sound that was captured while it was held is silence, words that came then are left out."""
        try:
            async for event in events:
                yield self._silenced(event)
                if self._paused and isinstance(event, PartHealth) and event.part == _PART:
                    yield PartHealth(_PART, Health.DISABLED, self._reason)  # it came back, and is not listened to
        finally:
            await events.aclose()

    def _silenced(self, event: Event) -> Event:
        match event:
            case AudioFrame() if self._covers(event.arrived_at):
                return replace(event, samples=np.zeros_like(event.samples))
            case Transcript() if self._covers(event.latency.spoken_at):
                return SpeechDiscarded(event.segment, event.channel)
            case Quiet():
                self._covers(self._clock.now_s())  # a source of words has no frames by which to notice the end
        return event

    def _covers(self, moment: float) -> bool:
        """Whether nothing is to be heard of this moment; listens again when the time has come."""
        self._settle(self._clock.now_s())
        if not self._paused or moment < self._since:
            return False
        if self._until is not None and moment >= self._until:
            self._resume()
            return False
        return True

    def _settle(self, now: float) -> None:
        """Let go of what was held long enough; when the last is gone, the room still echoes for a moment."""
        expired = [holder for holder, hold in self._holds.items() if hold.until <= now]
        last = max((self._holds.pop(holder).until for holder in expired), default=now)
        if self._paused and not self._holds and self._until is None:
            self._until = last + self._tail_s

    def _resume(self) -> None:
        self._paused, self._until = False, None
        self._say(PartHealth(_PART, Health.ONLINE, "listening again"))
        self._say(ListeningResumed("listening again"))
