"""How many lanes a step has: as many as have something new, filled up to one of a few sizes."""

LEAST_LANES = 8
MOST_LANES = 1024
NOBODYS_SLOT = 0
"""The slot of the lanes that fill up a step: no conversation is ever kept there."""


def bucket(lanes: int) -> int:
    """The size of a step that takes so many lanes: the next power of two, from `LEAST_LANES` to `MOST_LANES`.

    Within a size, what is computed for a lane does not depend on the other lanes, to the last bit.

    Raises:
        ValueError: There are none, or more than `MOST_LANES`.
    """
    if not 1 <= lanes <= MOST_LANES:
        raise ValueError(f"a step takes from 1 to {MOST_LANES} lanes, not {lanes}")
    return max(LEAST_LANES, 1 << (lanes - 1).bit_length())
