"""Moments on the media clock: the sound's own count, late frames, a slow sound card, waiting for it."""

import asyncio

import pytest

from realtime.media_clock import MediaClock
from tests.conversation_events import heard


def test_before_the_first_sound_no_moment_has_a_media_time():
    assert MediaClock().time_s(12.0) is None


def test_a_moment_lies_where_the_sound_of_that_moment_lies():
    clock = MediaClock()
    clock.observe(0.02, 100.02)
    clock.observe(0.04, 100.04)
    assert clock.time_s(107.5) == pytest.approx(7.5)


def test_a_frame_that_comes_late_moves_the_clock_hardly():
    clock = MediaClock()
    for number in range(1, 100):
        clock.observe(number * 0.02, 100 + number * 0.02)
    clock.observe(2.0, 100 + 2.0 + 0.4)
    assert clock.time_s(103.0) == pytest.approx(3.0, abs=0.001)


def test_it_follows_a_sound_card_that_runs_slow():
    clock = MediaClock()
    for number in range(1, 50 * 3600):
        clock.observe(number * 0.02 * (1 - 150e-6), 100 + number * 0.02)
    now = 100 + 3600.0
    assert clock.time_s(now) == pytest.approx(3600 * (1 - 150e-6), abs=0.04)


async def test_who_waits_for_a_media_time_goes_on_when_the_sound_is_there():
    clock = MediaClock()
    waiting = asyncio.create_task(clock.reached(1.0))
    for end_s in (0.5, 0.9):
        clock.observe(end_s, end_s)
        await asyncio.sleep(0)
    assert not waiting.done()
    clock.observe(1.1, 1.1)
    assert await waiting
    assert await clock.reached(0.2)


async def test_nobody_waits_for_sound_that_will_not_come():
    clock = MediaClock()
    clock.observe(0.5, 0.5)
    waiting = [asyncio.create_task(clock.reached(9.0)) for _ in range(2)]
    await asyncio.sleep(0)
    clock.end()
    assert await asyncio.gather(*waiting) == [False, False]
    assert not await clock.reached(7.0)


async def test_words_that_are_there_already_move_it_too():
    clock = MediaClock()

    async def words():
        yield heard(2).transcript  # ends at 10 s

    assert [event async for event in clock.followed(words())] == [heard(2).transcript]
    assert await clock.reached(11.0)
    assert not await clock.reached(11.1)
    assert clock.time_s(5.0) is None


def test_sound_that_was_held_up_and_comes_at_once_does_not_move_it():
    clock = MediaClock()
    for number in range(1, 500):
        clock.observe(number * 0.02, 100 + number * 0.02)
    for number in range(500, 900):  # eight seconds of it, longer than is remembered
        clock.observe(number * 0.02, 100 + 18.0)
        if number < 700:
            assert clock.time_s(110.0) == pytest.approx(10.0)
    clock.observe(18.0, 100 + 18.0)
    assert clock.time_s(118.0) == pytest.approx(18.0)


def test_it_follows_sound_that_is_later_for_good():
    clock = MediaClock()
    for number in range(1, 1000):
        late_s = 0.0 if number < 500 else 0.08
        clock.observe(number * 0.02, 100 + number * 0.02 + late_s)
    assert clock.time_s(120.0) == pytest.approx(20.0 - 0.08)
