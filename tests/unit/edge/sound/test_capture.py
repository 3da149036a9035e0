"""The buffer between the driver and us never waits, never grows, and ends."""

import asyncio
import threading

import numpy as np
import pytest

from edge.sound.capture import BlockBuffer
from model.errors import LostError
from tests.fakes import ManualClock

BLOCK = np.zeros((1, 160), np.float32)


async def test_blocks_come_in_order_from_another_thread():
    clock = ManualClock(3.0)
    buffer = BlockBuffer(clock, 1000)

    def drive():
        for number in range(500):
            buffer.deliver(BLOCK + number, 16_000, False)

    driver = threading.Thread(target=drive)
    driver.start()
    taken = [await buffer.take(1.0) for _ in range(500)]
    driver.join()
    assert [int(block.samples[0, 0]) for block in taken] == list(range(500))
    assert taken[0].arrived_at == 3.0


async def test_what_found_no_room_is_counted_on_the_next_block_that_does():
    buffer = BlockBuffer(ManualClock(), 2)
    for overrun in (False, False, True, False):
        buffer.deliver(BLOCK, 16_000, overrun)
    assert (await buffer.take(1.0)).dropped == 0
    buffer.deliver(BLOCK, 16_000, False)
    await buffer.take(1.0)
    last = await buffer.take(1.0)
    assert (last.dropped, last.overrun) == (320, True)


async def test_an_ended_buffer_is_emptied_and_then_lost():
    buffer = BlockBuffer(ManualClock(), 2)
    buffer.deliver(BLOCK, 16_000, False)
    buffer.end()
    assert (await buffer.take(1.0)).samples is BLOCK
    with pytest.raises(LostError, match="stopped"):
        await buffer.take(1.0)


async def test_silence_of_the_driver_is_a_loss():
    with pytest.raises(LostError, match=r"nothing for 0\.01 s"):
        await BlockBuffer(ManualClock(), 2).take(0.01)


async def test_taking_can_be_cancelled():
    task = asyncio.create_task(BlockBuffer(ManualClock(), 2).take(60.0))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
