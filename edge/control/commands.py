"""Commands over MQTT: read, checked, carried out, answered. A bad one is answered, never fatal."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import ValidationError

from edge.wire.command import Command, Reply
from edge.wire.message import Message, encode, shorten
from edge.wire.stamp import Stamp
from edge.wire.topics import ID_PATTERN, Topics, checked

_LOG = logging.getLogger(__name__)
_LONGEST: Final = 4_000  # bytes; what is longer is not even read


@dataclass(frozen=True, slots=True)
class Verb:
    """Something that can be asked for.

    Attributes:
        model: What must be said with it.
        carry_out: Does it, and says for people what was done.
    """

    model: type[Command]
    carry_out: Callable[[Any], str]


class _RefusedError(Exception):
    """A command that is not carried out, and why."""

    def __init__(self, code: Literal["unknown", "invalid", "expired"], message: str) -> None:
        super().__init__(message)
        self.code: Literal["unknown", "invalid", "expired"] = code


class Commands:
    """Answers commands.

    Args:
        topics: Of the node.
        stamp: Stamps the answers.
        verbs: What can be asked for.
    """

    def __init__(self, topics: Topics, stamp: Stamp, verbs: Mapping[str, Verb]) -> None:
        self._topics = topics
        self._stamp = stamp
        self._verbs = verbs

    def handle(self, topic: str, payload: bytes, *, retained: bool) -> Message | None:
        """Carry a command out.

        Args:
            topic: Where it was said.
            payload: What was said.
            retained: Whether the broker had kept it; it would be carried out again and again.

        Returns:
            The answer; None where it does not say whom to answer.
        """
        verb = topic.rpartition("/")[2]
        if retained:
            _LOG.warning("ignored a retained command %r; publish commands without retaining them", verb[:40])
            return None
        fields = _object(payload)
        sender = _sender(fields)
        if fields is None or sender is None:
            _LOG.warning("ignored a command %r that does not say who asks", verb[:40])
            return None
        try:
            done = self._carry_out(verb, fields)
        except _RefusedError as refused:
            _LOG.warning("refused a command %r: %s", verb[:40], refused)
            return self._reply(sender, verb, code=refused.code, message=str(refused))
        return self._reply(sender, verb, code="", message=done)

    def _carry_out(self, verb: str, fields: dict[str, Any]) -> str:
        if verb not in self._verbs:
            raise _RefusedError("unknown", f"there is no command {verb[:40]!r}; there are: {', '.join(self._verbs)}")
        chosen = self._verbs[verb]
        try:
            command = chosen.model.model_validate(fields)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "payload"
            raise _RefusedError("invalid", f"{where}: {first['msg']}") from error
        if command.expires is not None and command.expires < self._stamp.now():
            raise _RefusedError("expired", f"it expired at {command.expires.isoformat()}")
        return chosen.carry_out(command)

    def _reply(
        self, sender: tuple[str, str], verb: str, *, code: Literal["", "unknown", "invalid", "expired"], message: str
    ) -> Message:
        client, request_id = sender
        payload = Reply(
            **self._stamp.fields(),
            client=client,
            request_id=request_id,
            verb=shorten(verb),
            ok=not code,
            code=code,
            message=shorten(message),
        )
        return Message(self._topics.reply(client, request_id), encode(payload))


def _object(payload: bytes) -> dict[str, Any] | None:
    """The JSON object in a payload, if there is one of bearable size."""
    if len(payload) > _LONGEST:
        return None
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _sender(fields: dict[str, Any] | None) -> tuple[str, str] | None:
    """Who asks, and which question it is, where both can stand in a topic."""
    names = [(fields or {}).get(name) for name in ("client", "request_id")]
    try:
        client, request_id = (checked(name) for name in names if isinstance(name, str))
    except ValueError:
        _LOG.info("client and request_id must both match %s", ID_PATTERN)
        return None
    return client, request_id
