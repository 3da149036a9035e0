"""Two nodes of one name: the second gives way, and the first does not notice."""

import asyncio
import time

import pytest

from tests.faults.node import started
from tests.faults.talk import PER_UTTERANCE
from tests.faults.witness import witness
from tests.mosquitto import running_mosquitto

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

TAKEN = 3


async def test_a_second_node_of_one_name_gives_way(folder, tell):
    async with (
        running_mosquitto(folder) as broker,
        witness(broker.address) as one,
        started(broker.address, folder) as first,
    ):
        await first.ready()
        await first.say(*range(3))
        began_at = time.monotonic()
        # The same place and name on another machine, and on this one.
        async with started(broker.address, folder / "elsewhere") as far, started(broker.address, folder) as near:
            ending = asyncio.gather(far.ended(), near.ended())
            number = 3
            while not ending.done():
                await first.say(number)
                number += 1
                await asyncio.wait({ending}, timeout=0.2)
            took_s = time.monotonic() - began_at
            assert ending.result() == [TAKEN, TAKEN], (far.complaints, near.complaints)
        assert await first.stop() == 0, first.complaints
        made = 1 + PER_UTTERANCE * number + 1
        await one.events_came(made)
        tell(one.row("two nodes with one id", made, f"both others ended with {TAKEN}, after {took_s:.1f} s at most"))
    (conversation,) = one.conversations()
    assert one.numbers(conversation) == list(range(1, made + 1))
    assert len({status["boot_id"] for status in one.of("status")}) == 1
    assert "UNDERTONE_NODE" in near.complaints[-1]
    assert "another node" in far.complaints[-1]
