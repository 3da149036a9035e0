"""Ids of people whom only their voice tells apart: numbered as they come, anew in each conversation."""

import re
from typing import Final

_NUMBERED: Final = re.compile(r"s\d+")


def numbered(number: int) -> str:
    """The id of the person who came as number one, two, and so on."""
    return f"s{number}"


def is_numbered(speaker: str) -> bool:
    """Whether an id means somebody else in another conversation."""
    return _NUMBERED.fullmatch(speaker) is not None
