"""What a command is to the node: what must be said with it, what it does, and what comes of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from edge.wire.command import COMMANDS, Code, Command

PATIENCE_S: Final = 5.0
"""For so long an answer waits until every stage of the stream has done its part."""


@dataclass(frozen=True, slots=True)
class Done:
    """A command was carried out.

    Attributes:
        message: What was done, for people.
        counts: How much of each kind was removed.
    """

    message: str
    counts: Mapping[str, int] = field(default_factory=dict)


class RefusedError(Exception):
    """A command that is not carried out, and why, for programs and for people."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code: Code = code


@dataclass(frozen=True, slots=True)
class Verb:
    """Something that can be asked for.

    Attributes:
        model: What must be said with it.
        carry_out: Does it. Raises RefusedError.
    """

    model: type[Command]
    carry_out: Callable[[Any], Awaitable[Done]]


def at_once(name: str, work: Callable[[Any], str]) -> Verb:
    """A verb that is done without waiting for anything: the work says what was done."""

    async def carry_out(command: Command) -> Done:
        return Done(work(command))

    return Verb(COMMANDS[name], carry_out)
