"""The command `relabel`: a speaker of the running conversation is called something else from now on."""

from collections.abc import Callable

from edge.control.verb import PATIENCE_S, Done, RefusedError, Verb
from edge.wire.command import RelabelCommand
from edge.wire.conversation_mapping import ConversationMapping
from model.conversation import UNKNOWN_SPEAKER
from realtime.events import Event
from realtime.opt_out import OptOut
from realtime.orders import Relabel, came_out


def relabel_command(
    conversations: ConversationMapping,
    opted_out: OptOut,
    say: Callable[[Event], None],
    *,
    patience_s: float = PATIENCE_S,
) -> Verb:
    """The command `relabel`.

    Args:
        conversations: Know who is called how.
        opted_out: Who has opted out under either name has under both.
        say: Puts an event into the stream.
        patience_s: For how long the answer waits for the stream, seconds.
    """

    async def carry_out(command: RelabelCommand) -> Done:
        course = conversations.running
        if course is None:
            raise RefusedError("impossible", "no conversation is running")
        speaker, name = command.speaker, command.name
        if UNKNOWN_SPEAKER in (speaker, name):
            raise RefusedError("impossible", f"{UNKNOWN_SPEAKER} is whoever nobody could be named for")
        if not course.names.knows(speaker):
            raise RefusedError("impossible", "nobody of that id has been heard in this conversation")
        if speaker == name:
            return Done("that is what this speaker is called already")
        if _is_given_by_us(name) and not course.names.knows(name):
            raise RefusedError("impossible", "s and a number is what somebody may be called who is not known yet")
        for known in course.names.ids(speaker):
            opted_out.identify(known, name)
        merges = course.names.knows(name)
        order = Relabel(speaker, name)
        say(order)
        if not await came_out(order, patience_s):
            return Done("it will be, once what was said before is worked off")
        return Done("the two are one speaker from now on" if merges else "relabelled")

    return Verb(RelabelCommand, carry_out)


def _is_given_by_us(name: str) -> bool:
    """Whether a speaker who is told by voice may be given this id."""
    return name[0] == "s" and name[1:].isdecimal()
