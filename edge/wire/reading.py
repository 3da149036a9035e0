"""Reading what others publish, which may be anything."""

import json
from typing import Any, Final

LONGEST: Final = 64_000
"""Bytes of a payload that is looked at; ours are below 8 kB."""


def read_object(payload: object, longest: int = LONGEST) -> dict[str, Any] | None:
    """The JSON object in a payload; None where there is none, or one too long to be looked at.

    Args:
        payload: What somebody published: not UTF-8, no JSON, nested without end, …
        longest: Bytes.
    """
    if not isinstance(payload, bytes | bytearray) or len(payload) > longest:
        return None
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
