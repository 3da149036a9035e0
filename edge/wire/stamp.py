"""What stamps every message: who says it, in which boot, and when."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from edge.wire.event_id import EventIds


def utc_now() -> datetime:
    """Wall time in UTC."""
    return datetime.now(UTC)


class Stamp:
    """Gives the envelope fields of one node's messages.

    Args:
        node: Id of the node.
        now: Wall time; its time zone is UTC.
        boot_id: Id of this start of the node; a fresh one unless given.
    """

    def __init__(self, node: str, now: Callable[[], datetime] = utc_now, boot_id: str | None = None) -> None:
        self.node = node
        self.boot_id = boot_id or str(uuid.uuid4())
        self._now = now
        self.since = self.now()
        self._ids = EventIds()

    def fields(self) -> dict[str, Any]:
        """The fields of an `Envelope`, for a message that is said now."""
        return {"event_id": self._ids.next(), "node": self.node, "boot_id": self.boot_id, "at": self.now()}

    def now(self) -> datetime:
        """Wall time, to the millisecond."""
        moment = self._now()
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
