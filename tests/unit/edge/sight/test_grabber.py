"""Pictures bear the moment at which they were taken, however late they come and however long decoding takes."""

import queue
from itertools import pairwise

import pytest

from edge.sight.grabber import Grabber, moment_of
from tests.pictures import room

PER_S = 25


class Hand:
    """A clock that stands until somebody sets it."""

    def __init__(self, now: float) -> None:
        self.now = now

    def now_s(self) -> float:
        return self.now

    async def sleep_until(self, moment_s: float) -> None:
        self.now = max(self.now, moment_s)


class Stamping:
    """A camera that takes a picture every 40 ms of a clock that the test moves; decoding takes a while of that clock.

    Pictures that nobody takes wait in the driver. After the last one it is unplugged.
    """

    def __init__(self, clock: Hand, pictures: int, *, decoding_s: float, stall_before: int, stamps: bool) -> None:
        self.clock, self.decoding_s, self.stall_before, self.stamps = clock, decoding_s, stall_before, stamps
        self.taken_at: queue.SimpleQueue[float] = queue.SimpleQueue()
        for number in range(1, pictures + 1):
            self.taken_at.put(100.0 + number / PER_S)
        self.newest_at = 0.0
        self.grabbed = 0

    def open(self):
        return self

    def grab(self) -> bool:
        self.grabbed += 1
        if self.grabbed == self.stall_before:
            self.clock.now += 0.5
        try:
            self.newest_at = self.taken_at.get_nowait()
        except queue.Empty:
            return False
        self.clock.now = max(self.clock.now, self.newest_at + 0.01)
        return True

    def stamp_s(self) -> float | None:
        return self.newest_at if self.stamps else None

    def retrieve(self):
        self.clock.now += self.decoding_s
        return True, room(32, 24)

    def release(self) -> None:
        pass


async def taken(device: Stamping, clock: Hand) -> list[float]:
    grabber = Grabber(device.open, clock, every_s=0.2, width=640)
    moments = [(await grabber.take(2.0)).taken_at for _ in range(7)]
    await grabber.stop()
    return moments


@pytest.mark.parametrize(
    "stamp_s, moment",
    [
        (99.9, 99.9),
        (98.5, 98.5),  # it waited in the driver
        (None, 100.0),
        (0.0, 100.0),  # the driver says nothing
        (100.2, 100.0),  # before it was taken
        (97.0, 100.0),  # so long no driver keeps it
        (1.7e9, 100.0),  # another clock
        (float("nan"), 100.0),
    ],
)
def test_the_drivers_time_is_taken_where_it_is_plausible(stamp_s, moment):
    assert moment_of(stamp_s, 100.0) == moment


async def test_neither_a_stall_nor_slow_decoding_shifts_a_stamped_picture():
    clock = Hand(100.0)
    moments = await taken(Stamping(clock, 40, decoding_s=0.07, stall_before=15, stamps=True), clock)
    assert all((moment - 100.0) * PER_S == pytest.approx(round((moment - 100.0) * PER_S)) for moment in moments)
    assert [later - earlier for earlier, later in pairwise(moments)] == pytest.approx([0.2] * 6, abs=0.041)


async def test_without_stamps_it_is_the_arrival_before_decoding():
    clock = Hand(100.0)
    moments = await taken(Stamping(clock, 40, decoding_s=0.03, stall_before=0, stamps=False), clock)
    assert all((moment - 100.01) * PER_S == pytest.approx(round((moment - 100.01) * PER_S)) for moment in moments)
