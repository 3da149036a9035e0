"""Times of several ways of computing, taken in turns: a slow moment of the machine hits them all."""

import random
import time
from collections.abc import Callable, Mapping

from edge.bench.incremental.ways import Way

Watch = Callable[[str, int, int], None]
"""Is told what is being done, and how much of how much has been."""


def interleaved(
    ways: Mapping[str, Way],
    rounds: int,
    wait: Callable[[], None],
    shuffle: random.Random,
    seldom: Mapping[str, int] | None = None,
    on_round: Callable[[int], None] = lambda _: None,
) -> dict[str, list[float]]:
    """Measure every way once per round, in an order drawn for every round.

    Args:
        ways: By name.
        rounds: How many rounds.
        wait: Returns when the device has computed everything.
        shuffle: Draws the orders.
        seldom: Ways that are measured less often, evenly spread: how many times in all.
        on_round: Is told how many rounds are done.

    Returns:
        By name, the times in milliseconds.
    """
    times: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for number in range(rounds):
        shuffle.shuffle(names)
        for name in names:
            repeats = (seldom or {}).get(name, rounds)
            if (number + 1) * repeats // rounds > number * repeats // rounds:
                times[name].append(measured_ms(ways[name], wait))
        on_round(number + 1)
    return times


def measured_ms(way: Way, wait: Callable[[], None]) -> float:
    """How long one utterance takes, in milliseconds."""
    way.prepare()
    wait()
    started = time.perf_counter()
    way.run()
    wait()
    return (time.perf_counter() - started) * 1e3
