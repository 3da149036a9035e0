"""Ways of computing take turns."""

import random
from itertools import pairwise

from edge.bench.incremental.timing import interleaved, measured_ms


class Counting:
    def __init__(self, log, name):
        self.log, self.name = log, name

    def prepare(self):
        self.log.append(("prepare", self.name))

    def run(self):
        self.log.append(("run", self.name))


def test_every_way_has_its_turn_in_every_round_in_its_own_order():
    log, rounds = [], []
    ways = {name: Counting(log, name) for name in "abc"}
    times = interleaved(ways, 20, 40, lambda: None, random.Random(1), on_round=rounds.append)
    ran = [name for what, name in log if what == "run"]
    orders = ["".join(ran[start : start + 6]) for start in range(0, 120, 6)]

    assert {name: [len(turn) for turn in turns] for name, turns in times.items()} == dict.fromkeys("abc", [2] * 20)
    assert all(sorted((order[0:2], order[2:4], order[4:6])) == ["aa", "bb", "cc"] for order in orders)
    assert len(set(orders)) > 3
    assert rounds == list(range(1, 21))


def test_a_slow_way_is_measured_less_often_and_evenly():
    log = []
    ways = {name: Counting(log, name) for name in ("slow", "fast")}
    times = interleaved(ways, 10, 10, lambda: None, random.Random(1), {"slow": 3})
    ran = [name for what, name in log if what == "run"]
    fast_before = [ran[:place].count("fast") for place, name in enumerate(ran) if name == "slow"]

    assert (len(times["slow"]), len(times["fast"])) == (3, 10)
    assert all(later - earlier >= 2 for earlier, later in pairwise(fast_before))


def test_the_device_is_waited_for_before_and_after_what_is_timed():
    log = []
    assert measured_ms(Counting(log, "a"), lambda: log.append("wait")) >= 0
    assert log == [("prepare", "a"), "wait", ("run", "a"), "wait"]
