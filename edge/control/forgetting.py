"""The command `forget`: what is stored about a conversation or a speaker is removed, and counted."""

import asyncio
from collections.abc import Callable

from edge.control.verb import PATIENCE_S, Done, RefusedError, Verb
from edge.wire.command import ForgetCommand
from edge.wire.conversation_mapping import ConversationMapping
from model.errors import SettingsError
from realtime.events import Event
from realtime.orders import Forget, came_out
from realtime.voices import enrolment


def forget_command(
    conversations: ConversationMapping, say: Callable[[Event], None], *, patience_s: float = PATIENCE_S
) -> Verb:
    """The command `forget`.

    Args:
        conversations: Know who is called how.
        say: Puts an event into the stream.
        patience_s: For how long the answer waits for the stream, seconds.
    """

    async def carry_out(command: ForgetCommand) -> Done:
        order = _order(command, conversations)
        say(order)
        if command.speaker is not None and command.conversation is None:
            order.removed["enrolments"] += await _enrolment_removed(command.speaker)
        if not await came_out(order, patience_s):
            return Done(f"still going on after {patience_s:g} s; this much is gone so far", +order.removed)
        if order.trouble:
            raise RefusedError("impossible", f"not everything is gone: {'; '.join(order.trouble)}")
        return Done(_summary(order), +order.removed)

    return Verb(ForgetCommand, carry_out)


def _order(command: ForgetCommand, conversations: ConversationMapping) -> Forget:
    """The order for the stream, under every name that the speaker has or has had."""
    courses = conversations.concerned(command.conversation)
    if command.speaker is None:
        return Forget(command.conversation, None, met=bool(courses))
    ids = frozenset[str]().union(*(course.names.ids(command.speaker) for course in courses))
    return Forget(command.conversation, ids | {command.speaker}, met=bool(ids))


async def _enrolment_removed(name: str) -> bool:
    try:
        return await asyncio.to_thread(enrolment.remove, name)
    except SettingsError as error:
        raise RefusedError("impossible", str(error)) from error


def _summary(order: Forget) -> str:
    kinds = [f"{kind} {count}" for kind, count in sorted((+order.removed).items())]
    return f"forgotten: {', '.join(kinds)}" if kinds else "nothing was known of that"
