"""How long to wait before the next attempt: longer each time, and never all clients at once."""

import random
from collections.abc import Callable
from typing import Final

_FIRST_S: Final = 0.2
_LONGEST_S: Final = 15.0


class Backoff:
    """Waiting times that double up to a limit, each drawn from the upper half of its range.

    Args:
        draw: A random number in [0, 1).
    """

    def __init__(self, draw: Callable[[], float] = random.random) -> None:
        self._draw = draw
        self._range_s = _FIRST_S

    def next_s(self) -> float:
        """Seconds to wait now."""
        range_s, self._range_s = self._range_s, min(2 * self._range_s, _LONGEST_S)
        return range_s * (0.5 + 0.5 * self._draw())

    def reset(self) -> None:
        """An attempt succeeded."""
        self._range_s = _FIRST_S
