"""The commands that begin and end listening: `start` and `stop`, `pause` and `resume`; a new start keeps to them."""

import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from edge.control.verb import Done, Verb
from edge.wire.command import COMMANDS, Command, PauseCommand, ResumeCommand, StartCommand, StopCommand
from model.errors import LostError
from realtime.events import Event
from realtime.looking import Looking
from realtime.mute import Mute
from realtime.orders import EndConversation

_STOP: Final = "command stop"
_PAUSE: Final = "command pause"
_LOG = logging.getLogger(__name__)


class Listening:
    """Hears and sees nothing while it is stopped or paused, whoever asked for it, and whatever ends the process.

    Args:
        mute: Silences what is heard.
        looking: Lets pictures pass unseen; None where there is no camera.
        say: Puts an event into the stream.
    """

    def __init__(self, mute: Mute, looking: Looking | None, say: Callable[[Event], None]) -> None:
        self._mute = mute
        self._looking = looking
        self._say = say

    def verbs(self, keep: Callable[[], Awaitable[None]]) -> dict[str, Verb]:
        """What can be asked for.

        Args:
            keep: Keeps what `held` says for the next start.
        """
        work: dict[str, Callable[[Any], str]] = {
            "start": self._start,
            "pause": self._pause,
            "resume": self._resume,
            "stop": self._stop,
        }
        return {name: _kept(name, does, keep) for name, does in work.items()}

    def held(self) -> dict[str, str]:
        """Why it does not listen, by command; empty where it does."""
        reasons = {holder: self._mute.reason(holder) for holder in (_STOP, _PAUSE)}
        return {holder: reason for holder, reason in reasons.items() if reason is not None}

    def restore(self, held: Mapping[str, Any]) -> None:
        """Do not listen where an earlier start did not: who asked for silence is not heard because of a restart."""
        for holder, way_back in ((_STOP, "start"), (_PAUSE, "resume")):
            if holder in held:
                reason = str(held[holder])
                _LOG.warning("nothing is heard until `undertone ask %s`: %s", way_back, reason)
                self._hold(holder, reason)

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


def _kept(name: str, work: Callable[[Any], str], keep: Callable[[], Awaitable[None]]) -> Verb:
    """A verb whose outcome a new start keeps to."""

    async def carry_out(command: Command) -> Done:
        done = work(command)
        try:
            await keep()
        except LostError as error:
            return Done(f"{done}; a new start will not know of it: {error}")
        return Done(done)

    return Verb(COMMANDS[name], carry_out)
