"""The AsyncAPI 3 document of everything that is published, asked for and answered, made from the payload types.

https://www.asyncapi.com/docs/reference/specification/v3.0.0, with the MQTT bindings
https://github.com/asyncapi/bindings/tree/master/mqtt. It speaks as the node: what it sends, others receive.
"""

import json
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import yaml

from edge.contract.payload_schemas import WHERE, payload_schemas
from edge.contract.promises import DESCRIPTION
from edge.contract.subjects import ANSWERED, ASKED, PUBLISHED, Subject
from edge.wire.message import AT_MOST_ONCE, PASSING_S
from edge.wire.topics import ID_PATTERN, PREFIX

_EXAMPLES: Final = Path(__file__).with_name("examples.json")
_BINDING: Final = "0.2.0"
_CLEARED: Final = "cleared"
_REQUEST: Final = "$message.payload#/request_id"

_DEVICE: Final = r"^[a-z0-9_-]{1,90}$"

_PARAMETERS: Final = {
    "site": ("The place.", "home", None),
    "node": ("The node that says it.", "desk", "node"),
    "askedNode": ("The node that is asked.", "desk", None),
    "conversation": ("The conversation.", "0f3c1f0a-6f0e-4a52-8f2b-3f1f6a0d9c11", "conversation_id"),
    "stage": ("The stage.", "microphone", "stage"),
    "device": ("undertone, the place and the node, joined by _.", "undertone_home_desk", None),
    "client": ("Who asked.", "kiosk", "client"),
    "request_id": ("Which question it was.", "42", "request_id"),
}
"""By name: what it is, an example, and where it stands in the payload, if it does."""


def document() -> dict[str, Any]:
    """The document, as plain values."""
    everything = (*PUBLISHED, *ASKED.values(), ANSWERED)
    return {
        "asyncapi": "3.0.0",
        "id": "urn:undertone:v1",
        "info": {
            "title": "undertone",
            "version": version("undertone"),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {subject.name: _channel(subject) for subject in everything},
        "operations": {
            **{f"send{_title(subject)}": _send(subject) for subject in PUBLISHED},
            **{f"receive{_title(subject)}": _receive(subject) for subject in ASKED.values()},
            f"send{_title(ANSWERED)}": _send(ANSWERED),
        },
        "components": {
            "schemas": payload_schemas(subject.payload for subject in everything),
            "messages": {**_messages(everything), _CLEARED: _cleared()},
            "parameters": {name: _parameter(name) for name in _PARAMETERS},
            "correlationIds": {"question": {"description": "The answer repeats it.", "location": _REQUEST}},
            "securitySchemes": {
                "password": {"type": "userPassword", "description": "User and password at the broker."},
                "certificate": {"type": "X509", "description": "A certificate of the client."},
            },
        },
    }


def as_yaml(content: dict[str, Any]) -> str:
    """A document as YAML, in its own order."""
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such, and everything out in full."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the same for all
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def _servers() -> dict[str, Any]:
    will = {
        "topic": f"{PREFIX}/{{site}}/node/{{node}}/status",
        "qos": 1,
        "retain": True,
        "message": "The payload of the channel status, with status offline.",
    }
    binding = {"mqtt": {"cleanSession": True, "keepAlive": 15, "lastWill": will, "bindingVersion": _BINDING}}
    return {
        "embedded": {
            "host": "127.0.0.1:1883",
            "protocol": "mqtt",
            "protocolVersion": "3.1.1",
            "description": "The broker inside the process, the default: nobody outside the machine reaches it.",
            "bindings": binding,
        },
        "elsewhere": {
            "host": "{host}:{port}",
            "protocol": "secure-mqtt",
            "protocolVersion": "3.1.1",
            "description": "A broker of your own, MQTT 3.1.1 or 5, by TLS; the setting publisher.broker names it.",
            "variables": {
                "host": {"description": "Its name, as in its certificate.", "default": "broker.example"},
                "port": {"description": "Its port.", "default": "8883"},
            },
            "security": [
                {"$ref": "#/components/securitySchemes/password"},
                {"$ref": "#/components/securitySchemes/certificate"},
            ],
            "bindings": binding,
        },
    }


def _channel(subject: Subject) -> dict[str, Any]:
    asked = subject in ASKED.values()
    named = [_CLEARED] if subject.cleared else []
    channel: dict[str, Any] = {
        "address": subject.address,
        "summary": subject.summary,
        "parameters": {
            name: {"$ref": f"#/components/parameters/{'askedNode' if asked and name == 'node' else name}"}
            for name in subject.parameters
        },
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in [subject.name, *named]},
    }
    return channel | (
        {"description": f"Only where the setting {subject.optional} says so."} if subject.optional else {}
    )


def _send(subject: Subject) -> dict[str, Any]:
    return {"action": "send", **_operation(subject)}


def _receive(subject: Subject) -> dict[str, Any]:
    # The reply's address is that of its channel, whose parameters say where in the command their values stand.
    reply = {"channel": {"$ref": f"#/channels/{ANSWERED.name}"}, "messages": [_message_of(ANSWERED.name)]}
    return {"action": "receive", **_operation(subject), "reply": reply}


def _operation(subject: Subject) -> dict[str, Any]:
    names = [subject.name, *([_CLEARED] if subject.cleared else [])]
    return {
        "channel": {"$ref": f"#/channels/{subject.name}"},
        "summary": subject.summary,
        "messages": [_message_of(subject.name, name) for name in names],
        "bindings": {
            "mqtt": {
                "qos": subject.qos,
                "retain": subject.retain,
                **({"messageExpiryInterval": PASSING_S} if subject.qos == AT_MOST_ONCE else {}),
                "bindingVersion": _BINDING,
            }
        },
    }


def _message_of(channel: str, message: str = "") -> dict[str, str]:
    return {"$ref": f"#/channels/{channel}/messages/{message or channel}"}


def _messages(subjects: Iterable[Subject]) -> dict[str, Any]:
    examples = json.loads(_EXAMPLES.read_text(encoding="utf-8"))
    dialogue = {subject.name for subject in (*ASKED.values(), ANSWERED)}
    question = {"correlationId": {"$ref": "#/components/correlationIds/question"}}
    return {
        subject.name: {
            "name": subject.name,
            "summary": subject.summary,
            "contentType": "application/json",
            **(question if subject.name in dialogue else {}),
            "payload": {"$ref": f"{WHERE}{subject.payload.__name__}"},
            "examples": [{"payload": examples[subject.name]}],
        }
        for subject in subjects
    }


def _cleared() -> dict[str, Any]:
    return {
        "name": _CLEARED,
        "summary": "An empty payload: nothing is retained here any more; of a conversation, because it is over.",
        "contentType": "text/plain",
        "payload": {"type": "string", "maxLength": 0},
    }


def _parameter(name: str) -> dict[str, Any]:
    description, example, field = _PARAMETERS[name]
    pattern = _DEVICE if name == "device" else ID_PATTERN
    where = {} if field is None else {"location": f"$message.payload#/{field}"}
    # A parameter of AsyncAPI 3 has no schema: its spelling is an extension.
    return {"description": f"{description} It matches {pattern}", "examples": [example], **where, "x-pattern": pattern}


def _title(subject: Subject) -> str:
    return subject.name[0].upper() + subject.name[1:]
