"""A recogniser is made as at a start, and not started. As a program it does so apart: libraries load for seconds."""

import sys

from edge.devices.child import answer
from edge.settings import PART_PACKAGES
from realtime.clock import SystemClock
from realtime.parts import PartChoice, load_part


def make(choice: str) -> str:
    """Says that it is there.

    Args:
        choice: A `PartChoice` as JSON.

    Raises:
        UsageError: Its library or its weights are missing, or a setting is wrong.
    """
    load_part(PART_PACKAGES["transcriber"], PartChoice.model_validate_json(choice), SystemClock())
    return "library and weights are there"


if __name__ == "__main__":
    answer(lambda: make(sys.argv[1]))
