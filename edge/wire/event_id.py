"""Ids of messages: UUID version 7 (RFC 9562, section 5.7), which sort by the time they were made."""

import secrets
import time
import uuid
from collections.abc import Callable
from typing import Final

_FRACTION_BITS: Final = 12
_RANDOM_BITS: Final = 62
_NS_PER_MS: Final = 1_000_000


class EventIds:
    """Makes ids that grow, also within a millisecond and when the wall clock is set back.

    The 12 bits after the version hold the fraction of the millisecond (RFC 9562, section 6.2, method 3).

    Args:
        now_ns: Nanoseconds since 1970.
    """

    def __init__(self, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._now_ns = now_ns
        self._last = -1

    def next(self) -> uuid.UUID:
        """A new id, greater than every one before it."""
        milliseconds, nanoseconds = divmod(self._now_ns(), _NS_PER_MS)
        fraction = (nanoseconds << _FRACTION_BITS) // _NS_PER_MS
        self._last = max((milliseconds << _FRACTION_BITS) | fraction, self._last + 1)
        milliseconds, fraction = divmod(self._last, 1 << _FRACTION_BITS)
        value = (milliseconds << 80) | (0x7 << 76) | (fraction << 64) | (0b10 << 62) | secrets.randbits(_RANDOM_BITS)
        return uuid.UUID(int=value)
