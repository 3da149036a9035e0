"""Times of several ways of computing, which take short turns: a slow moment of the machine hits them all."""

import random
import time
from collections.abc import Callable, Mapping

from edge.bench.incremental.ways import Way

Watch = Callable[[str, int, int], None]
"""Is told what is being done, and how much of how much has been."""


def interleaved(
    ways: Mapping[str, Way],
    rounds: int,
    steps: int,
    wait: Callable[[], None],
    shuffle: random.Random,
    seldom: Mapping[str, int] | None = None,
    on_round: Callable[[int], None] = lambda _: None,
) -> dict[str, list[list[float]]]:
    """Let every way have its turn in every round, in an order drawn for every round; a turn is some steps on end.

    The first step of a turn finds the processor's caches as the others left them; the next ones find their own.

    Args:
        ways: By name.
        rounds: How many rounds.
        steps: How many steps of each way, spread evenly over the rounds.
        wait: Returns when the device has computed everything.
        shuffle: Draws the orders.
        seldom: Ways that are measured less often: how many steps in all.
        on_round: Is told how many rounds are done.

    Returns:
        By name, the times of each turn in milliseconds; turns without a step are left out.
    """
    times: dict[str, list[list[float]]] = {name: [] for name in ways}
    names = list(ways)
    for number in range(rounds):
        shuffle.shuffle(names)
        for name in names:
            wanted = (seldom or {}).get(name, steps)
            count = (number + 1) * wanted // rounds - number * wanted // rounds
            if count:
                times[name].append([measured_ms(ways[name], wait) for _ in range(count)])
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
