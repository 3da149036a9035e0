"""What a running conversation goes on from after a crash, as opaque bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Note:
    """What a running conversation goes on from.

    Attributes:
        conversation: Its id. One conversation runs at a time: what was noted of another one goes.
        parts: By name; each replaces the one of the same name, and parts that are not named stay as they were.
    """

    conversation: str
    parts: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A conversation that an earlier start of the node did not end.

    Attributes:
        conversation: Its id.
        parts: What was noted of it last, by name.
        noted_at: When, UTC.
    """

    conversation: str
    parts: Mapping[str, bytes]
    noted_at: datetime
