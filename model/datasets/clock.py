"""The clock times `hours:minutes:seconds` in which data sets say when something was spoken."""

import re
from collections.abc import Callable

from model.errors import DataError

PATTERN = r"[0-9]{1,4}:[0-9]{1,2}:[0-9]{1,2}(?:[.,][0-9]{1,9})?"
"""A clock time as a regular expression without groups; the decimal mark is a point or a comma."""

_CLOCK = re.compile(PATTERN)
_SECONDS_PER_PLACE = (3600, 60, 1)


def seconds(clock: str, error: Callable[[str], DataError]) -> float:
    """A clock time such as `00:16:16,059` in seconds.

    Args:
        clock: The time.
        error: Makes the complaint about another format.
    """
    if not _CLOCK.fullmatch(clock):
        raise error(f"expected a time such as 00:16:16,059, found {clock!r}")
    places = clock.replace(",", ".").split(":")
    return sum(float(place) * scale for place, scale in zip(places, _SECONDS_PER_PLACE, strict=True))
