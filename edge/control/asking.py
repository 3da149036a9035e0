"""Asking a running node for something, from anywhere that reaches its broker, and hearing its answer."""

import asyncio
import json
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import aiomqtt
from pydantic import ValidationError

from edge.mqtt.address import BrokerAddress
from edge.mqtt.client import MqttVersion, new_client, refusal
from edge.mqtt.trust import Credentials
from edge.wire.command import COMMANDS, Command
from edge.wire.reading import read_object
from edge.wire.stamp import utc_now
from edge.wire.topics import Topics, checked
from model.errors import BrokerError, SettingsError

_KEEPALIVE_S: Final = 15
_OURS: Final = frozenset(Command.model_fields)


def command_of(verb: str, words: Sequence[str], client: str, wait_s: float) -> Command:
    """The command that `key=value` words make; it expires when nobody waits for its answer any more.

    A value is text, true or false, or a number, as the key wants it; several are separated by commas.

    Args:
        verb: What is asked for.
        words: What is said with it.
        client: Who asks.
        wait_s: For how long the answer is waited for, seconds.

    Raises:
        SettingsError: There is no such command, or it has no such key or value.
    """
    if verb not in COMMANDS:
        raise SettingsError(f"there is no command {verb!r}", f"Choose one of: {', '.join(COMMANDS)}")
    model = COMMANDS[verb]
    fields: dict[str, Any] = {}
    for word in words:
        key, given, value = word.partition("=")
        if not given or key in _OURS:
            raise SettingsError(f"{word!r} is no key=value of {verb}", _known(verb))
        fields[key] = _value(value, _kinds(model, key))
    about = {"client": client, "request_id": uuid.uuid4().hex[:12], "expires": utc_now() + timedelta(seconds=wait_s)}
    try:
        return model.model_validate(fields | about)
    except ValidationError as error:
        complaint = error.errors()[0]
        where = " ".join((verb, *map(str, complaint["loc"])))
        problem = str(complaint["msg"]).removeprefix("Value error, ")
        raise SettingsError(f"{where}: {problem}", _known(verb)) from error


async def ask(
    address: BrokerAddress,
    credentials: Credentials,
    version: MqttVersion,
    topics: Topics,
    command: Command,
    wait_s: float,
) -> dict[str, Any]:
    """The answer of a node.

    Args:
        address: The broker.
        credentials: Who we are there.
        version: Of MQTT.
        topics: Of the node that is asked.
        command: What it is asked for.
        wait_s: For how long to wait for the answer, seconds.

    Raises:
        BrokerError: The broker is not there or refuses us, or nothing answers.
    """
    reply = topics.reply(command.client, command.request_id)
    verb = next(verb for verb, model in COMMANDS.items() if type(command) is model)
    try:
        async with new_client(address, credentials, version, f"ask-{uuid.uuid4().hex[:12]}", _KEEPALIVE_S) as client:
            await client.subscribe(reply, qos=1)
            payload = command.model_dump_json(exclude_none=True).encode()
            await client.publish(topics.command(verb), payload, qos=1)
            async with asyncio.timeout(wait_s):
                async for message in client.messages:
                    if message.topic.value == reply and (answer := read_object(message.payload)) is not None:
                        return answer
    except aiomqtt.MqttError as error:
        raise refusal(address, error) from error
    except TimeoutError:
        pass
    raise BrokerError(
        f"no answer within {wait_s:g} s",
        f"See whether a node {topics.node} runs there and listens to this user: undertone watch --url {address}",
    )


def client_name(username: str | None) -> str:
    """Who asks: the user at the broker, whose answers an ACL may let nobody else read; anybody where that cannot be."""
    try:
        return checked(username or "")
    except ValueError:
        return f"ask-{uuid.uuid4().hex[:12]}"


def _kinds(model: type[Command], key: str) -> set[str]:
    """What JSON Schema calls the kinds of value that a key takes; none where there is no such key."""
    field = model.model_json_schema()["properties"].get(key, {})
    return {option.get("type", "") for option in field.get("anyOf", [field])}


def _value(given: str, kinds: set[str]) -> Any:  # noqa: ANN401 - whatever JSON holds
    if "string" in kinds:
        return given
    try:
        return json.loads(given)
    except ValueError:
        return [part.strip() for part in given.split(",") if part.strip()] if "array" in kinds else given


def _known(verb: str) -> str:
    keys = [key for key in COMMANDS[verb].model_fields if key not in _OURS]
    return f"{verb} takes {', '.join(f'{key}=…' for key in keys)}" if keys else f"{verb} takes nothing"
