"""Messages through a pipe: a JSON object and bytes after their lengths. Imports nothing heavy: the child needs it."""

import json
import struct
from typing import Any

Message = dict[str, Any]
"""What is said, as JSON; its key `kind` says what it means."""

_LENGTHS = struct.Struct("<II")

PREFIX = _LENGTHS.size
"""Bytes that come first: the lengths of the JSON and of the bytes after it."""


def pack(message: Message, payload: bytes = b"") -> bytes:
    """A message as it goes into the pipe."""
    text = json.dumps(message, separators=(",", ":")).encode()
    return _LENGTHS.pack(len(text), len(payload)) + text + payload


def body_length(prefix: bytes) -> int:
    """How many bytes follow a prefix."""
    text, payload = _LENGTHS.unpack(prefix)
    return int(text + payload)


def unpack(prefix: bytes, body: bytes) -> tuple[Message, bytes]:
    """The message and the payload of a prefix and all bytes that follow it."""
    text, _ = _LENGTHS.unpack(prefix)
    return json.loads(body[:text]), body[text:]
