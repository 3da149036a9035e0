"""Everything that a running node can be asked for."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from edge.control.forgetting import forget_command
from edge.control.listening import Listening
from edge.control.muting import mute_command
from edge.control.relabelling import relabel_command
from edge.control.switching import Switchboard, set_command
from edge.control.verb import Verb
from edge.publishers.mqtt import MqttPublisher
from edge.wire.command import COMMANDS
from realtime.events import Event
from realtime.mute import Mute
from realtime.opt_out import OptOut

SWITCHES: Final = "switches"
LISTENING: Final = "listening"


@dataclass(frozen=True, slots=True)
class Controls:
    """What of a running node can be moved.

    Attributes:
        say: Puts an event into the stream.
        mute: Silences what is heard.
        listening: Whether it listens at all.
        opted_out: Who has opted out.
        board: The switches.
        keep: Keeps how they are moved for the next start.
    """

    say: Callable[[Event], None]
    mute: Mute
    listening: Listening
    opted_out: OptOut
    board: Switchboard
    keep: Callable[[Mapping[str, Any]], Awaitable[None]]

    async def keep_all(self) -> None:
        """Keep how everything is moved that another start shall find moved.

        Raises:
            LostError: It cannot be kept.
        """
        await self.keep({SWITCHES: self.board.differing(), LISTENING: self.listening.held()})

    async def restore(self, kept: Mapping[str, Any]) -> None:
        """Move everything as an earlier start kept it."""
        await self.board.restore(kept.get(SWITCHES, {}))
        self.listening.restore(kept.get(LISTENING, {}))


def all_verbs(controls: Controls, publisher: MqttPublisher) -> dict[str, Verb]:
    """Every verb there is, in the order in which they are told of."""
    say, conversations = controls.say, publisher.conversations
    verbs = {
        **controls.listening.verbs(controls.keep_all),
        "mute": mute_command(controls.mute),
        "forget": forget_command(conversations, say),
        "relabel": relabel_command(conversations, controls.opted_out, say),
        "set": set_command(controls.board, controls.keep_all, publisher.switched),
    }
    return {name: verbs[name] for name in COMMANDS}
