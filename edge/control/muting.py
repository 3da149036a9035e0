"""Ways to ask for silence: the command `mute`, and a topic that says whether the machine itself speaks."""

import json
import logging
from typing import Final

from edge.control.verb import Verb, at_once
from edge.wire.command import MuteCommand
from realtime.mute import Mute

_LOG = logging.getLogger(__name__)
_YES: Final = frozenset({"true", "on", "1", "yes", "speaking", "playing", "start", "started", "busy"})
_NO: Final = frozenset({"false", "off", "0", "no", "idle", "stop", "stopped", "finished", "silent", "none", "null", ""})


def mute_command(mute: Mute) -> Verb:
    """The command `mute`: each client holds and lets go for itself."""

    def carry_out(command: MuteCommand) -> str:
        holder = f"client {command.client}"
        if command.muted:
            mute.hold(holder, command.reason, command.for_s)
            return f"not listening for {command.for_s:g} s"
        mute.release(holder)
        return "still not listening: others asked for silence, too" if mute.held else "listening"

    return at_once("mute", carry_out)


class SpeakingTopic:
    """Follows a topic that says whether the machine itself speaks.

    Args:
        mute: Held while it does.
        topic: The topic; its retained message counts, too.
        longest_s: After so long without a word from the topic it counts as silent, seconds.
    """

    def __init__(self, mute: Mute, topic: str, longest_s: float) -> None:
        self._mute = mute
        self._topic = topic
        self._longest_s = longest_s
        self._understood = True

    def hear(self, payload: bytes) -> None:
        """What the topic says: a word such as `true` or `idle`, bare or as a JSON value."""
        speaks = _speaks(payload)
        was_understood, self._understood = self._understood, speaks is not None
        if speaks is None:
            if was_understood:  # of a flood the first
                _LOG.warning("%s says neither that the machine speaks nor that it is silent; ignored", self._topic)
        elif speaks:
            self._mute.hold(f"topic {self._topic}", f"the machine speaks ({self._topic})", self._longest_s)
        else:
            self._mute.release(f"topic {self._topic}")


def _speaks(payload: bytes) -> bool | None:
    """Whether a payload says yes or no; None for neither."""
    try:
        word = payload[:64].decode().strip()
    except UnicodeDecodeError:
        return None
    try:
        value = json.loads(word)
    except ValueError:
        value = word
    word = str(value).strip().lower()
    return True if word in _YES else False if word in _NO else None
