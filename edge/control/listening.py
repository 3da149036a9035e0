"""The commands that begin and end listening: `start` and `stop`, `pause` and `resume`."""

import math
from collections.abc import Callable
from typing import Final

from edge.control.verb import Verb, at_once
from edge.wire.command import PauseCommand, ResumeCommand, StartCommand, StopCommand
from realtime.events import Event
from realtime.looking import Looking
from realtime.mute import Mute
from realtime.orders import EndConversation

_STOP: Final = "command stop"
_PAUSE: Final = "command pause"


class Listening:
    """Hears and sees nothing while it is stopped or paused, whoever asked for it.

    Args:
        mute: Silences what is heard.
        looking: Lets pictures pass unseen; None where there is no camera.
        say: Puts an event into the stream.
    """

    def __init__(self, mute: Mute, looking: Looking | None, say: Callable[[Event], None]) -> None:
        self._mute = mute
        self._looking = looking
        self._say = say

    def verbs(self) -> dict[str, Verb]:
        """What can be asked for."""
        return {
            "start": at_once("start", self._start),
            "pause": at_once("pause", self._pause),
            "resume": at_once("resume", self._resume),
            "stop": at_once("stop", self._stop),
        }

    def _start(self, _: StartCommand) -> str:
        if not self._mute.is_held_by(_STOP):
            return f"it was not stopped; {self._present()}"
        self._release(_STOP)
        return self._present()

    def _stop(self, command: StopCommand) -> str:
        if self._mute.is_held_by(_STOP):
            return "it was stopped already; it listens again after start"
        reason = command.reason or f"stopped by client {command.client}"
        # In this order: what is being said at this moment is cut off, and nothing of it may begin a conversation.
        self._say(EndConversation(reason))
        self._hold(_STOP, reason, at_once=True)
        return "the conversation is over; it listens again after start"

    def _pause(self, command: PauseCommand) -> str:
        if self._mute.is_held_by(_PAUSE):
            return "it was paused already; it goes on after resume"
        self._hold(_PAUSE, command.reason or f"paused by client {command.client}")
        return "paused; it goes on after resume"

    def _resume(self, _: ResumeCommand) -> str:
        if not self._mute.is_held_by(_PAUSE):
            return f"it was not paused; {self._present()}"
        self._release(_PAUSE)
        return self._present()

    def _hold(self, holder: str, reason: str, *, at_once: bool = False) -> None:
        self._mute.hold(holder, reason, math.inf, at_once=at_once)
        if self._looking is not None:
            self._looking.avert(holder, reason)

    def _release(self, holder: str) -> None:
        self._mute.release(holder)
        if self._looking is not None:
            self._looking.look(holder)

    def _present(self) -> str:
        reasons = self._mute.reasons
        return f"still not listening: {'; '.join(reasons)}" if reasons else "listening"
