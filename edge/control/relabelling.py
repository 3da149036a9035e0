"""The command `relabel`: a speaker of the running conversation is called something else from now on."""

from collections.abc import Callable

from edge.control.verb import RefusedError, Verb, at_once
from edge.wire.command import RelabelCommand
from edge.wire.conversation_mapping import ConversationMapping
from model.conversation import UNKNOWN_SPEAKER
from realtime.events import Event
from realtime.opt_out import OptOut
from realtime.orders import Relabel


def relabel_command(conversations: ConversationMapping, opted_out: OptOut, say: Callable[[Event], None]) -> Verb:
    """The command `relabel`.

    Args:
        conversations: Know who is called how.
        opted_out: Who has opted out under either name has under both.
        say: Puts an event into the stream.
    """

    def carry_out(command: RelabelCommand) -> str:
        course = conversations.running
        if course is None:
            raise RefusedError("impossible", "no conversation is running")
        speaker, name = command.speaker, command.name
        if UNKNOWN_SPEAKER in (speaker, name):
            raise RefusedError("impossible", f"{UNKNOWN_SPEAKER} is whoever nobody could be named for")
        if not course.names.knows(speaker):
            raise RefusedError("impossible", "nobody of that id has been heard in this conversation")
        if speaker == name:
            return "that is what this speaker is called already"
        if _is_given_by_us(name) and not course.names.knows(name):
            raise RefusedError("impossible", "s and a number is what somebody may be called who is not known yet")
        for known in course.names.ids(speaker):
            opted_out.identify(known, name)
        merges = course.names.knows(name)
        say(Relabel(speaker, name))
        return "the two are one speaker from now on" if merges else "relabelled"

    return at_once("relabel", carry_out)


def _is_given_by_us(name: str) -> bool:
    """Whether a speaker who is told by voice may be given this id."""
    return name[0] == "s" and name[1:].isdecimal()
