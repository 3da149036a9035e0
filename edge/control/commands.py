"""Commands over MQTT: read, checked, carried out once, answered. A bad one is answered, never fatal."""

import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from edge.control.answers import Answers
from edge.control.verb import Done, RefusedError, Verb
from edge.wire.command import Code, Command, Reply
from edge.wire.message import Message, encode, shorten
from edge.wire.stamp import Stamp
from edge.wire.topics import ID_PATTERN, Topics, checked
from realtime.clock import Clock, SystemClock

_LOG = logging.getLogger(__name__)
_LONGEST: Final = 4_000  # bytes; what is longer is not even read
_VERB_CHARS: Final = 40


class Commands:
    """Answers commands.

    Args:
        topics: Of the node.
        stamp: Stamps the answers.
        verbs: What can be asked for.
        clock: For how long an answer is remembered.
    """

    def __init__(self, topics: Topics, stamp: Stamp, verbs: Mapping[str, Verb], clock: Clock | None = None) -> None:
        self._topics = topics
        self._stamp = stamp
        self._verbs = verbs
        self._answers = Answers(clock or SystemClock())

    async def handle(self, topic: str, payload: bytes, *, retained: bool) -> Message | None:
        """Carry a command out; one that was delivered twice is carried out once and answered twice.

        Args:
            topic: Where it was said.
            payload: What was said.
            retained: Whether the broker had kept it; it would be carried out again and again.

        Returns:
            The answer; None where it does not say whom to answer.
        """
        verb = _verb(topic)
        if retained:
            _LOG.warning("ignored a retained command %r; publish commands without retaining them", verb)
            return None
        fields = _object(payload)
        sender = _sender(fields)
        if fields is None or sender is None:
            _LOG.warning("ignored a command %r that does not say who asks", verb)
            return None
        if (known := self._answers.find(sender, topic, payload)) is not None:
            return known
        try:
            answer = self._done(sender, verb, await self._carry_out(verb, fields))
        except RefusedError as refused:
            _LOG.warning("refused a command %r: %s", verb, refused)
            answer = self._reply(sender, verb, refused.code, str(refused), {})
        self._answers.keep(sender, topic, payload, answer)
        return answer

    def busy(self, topic: str, payload: bytes) -> Message | None:
        """The answer to a command for which there is no time: too many wait already."""
        sender = _sender(_object(payload))
        message = "too many commands wait; ask again in a moment"
        return None if sender is None else self._reply(sender, _verb(topic), "busy", message, {})

    async def _carry_out(self, verb: str, fields: dict[str, Any]) -> Done:
        if verb not in self._verbs:
            raise RefusedError("unknown", f"there is no command {verb!r}; there are: {', '.join(self._verbs)}")
        chosen = self._verbs[verb]
        command = _understood(chosen.model, fields)
        if command.expires is not None and command.expires < self._stamp.now():
            raise RefusedError("expired", f"it expired at {command.expires.isoformat()}")
        return await chosen.carry_out(command)

    def _done(self, sender: tuple[str, str], verb: str, done: Done) -> Message:
        return self._reply(sender, verb, "", done.message, done.counts)

    def _reply(
        self, sender: tuple[str, str], verb: str, code: Code, message: str, counts: Mapping[str, int]
    ) -> Message:
        client, request_id = sender
        payload = Reply(
            **self._stamp.fields(),
            client=client,
            request_id=request_id,
            verb=verb,
            ok=not code,
            code=code,
            message=shorten(_plain(message)),
            counts=dict(counts),
        )
        return Message(self._topics.reply(client, request_id), encode(payload))


def _understood(model: type[Command], fields: dict[str, Any]) -> Command:
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "payload"
        message = str(first["msg"]).removeprefix("Value error, ")
        raise RefusedError("invalid", _plain(f"{where[:_VERB_CHARS]}: {message}")) from error


def _verb(topic: str) -> str:
    return _plain(topic.rpartition("/")[2][:_VERB_CHARS])


def _plain(text: str) -> str:
    """The text, with nothing in it that a terminal or a log would take for more than text."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _object(payload: bytes) -> dict[str, Any] | None:
    """The JSON object in a payload, if there is one of bearable size that says everything once."""
    if len(payload) > _LONGEST:
        return None
    try:
        value = json.loads(payload, object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs as an object. Raises ValueError where one name stands twice: whoever reads it may take either."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _sender(fields: dict[str, Any] | None) -> tuple[str, str] | None:
    """Who asks, and which question it is, where both can stand in a topic."""
    names = [(fields or {}).get(name) for name in ("client", "request_id")]
    try:
        client, request_id = (checked(name) for name in names if isinstance(name, str))
    except ValueError:
        _LOG.info("client and request_id must both match %s", ID_PATTERN)
        return None
    return client, request_id
