"""A broker that goes and comes back finds everything that was said meanwhile, in order."""

import asyncio
import time
from pathlib import Path

import pytest

from edge.mqtt.address import BrokerAddress
from tests.faults.talk import Talk, acknowledged, publisher
from tests.faults.witness import witness
from tests.mosquitto import running_mosquitto

pytestmark = pytest.mark.faults

SECOND = "c0ffee00-0000-4000-8000-000000000002"
BACK_WITHIN_S = 60.0


def broker(folder: Path, address: BrokerAddress | None = None):
    """Mosquitto that knows its subscribers again; at the place of one that is gone, where an address is given."""
    # What waits for a subscriber that is away is Mosquitto's to keep: by default no more than 1,000.
    unlimited = ["max_queued_messages 0"]
    return running_mosquitto(folder, 0 if address is None else address.port, lasting=True, more=unlimited)


@pytest.mark.parametrize(
    "seconds", [5, pytest.param(60, marks=[pytest.mark.slow, pytest.mark.timeout(240)])], ids=["5s", "60s"]
)
async def test_a_broker_stopped_and_restarted_misses_nothing(folder, tell, seconds):
    async with broker(folder) as first, witness(first.address) as one, publisher(first.address, folder) as node:
        talk = Talk(node)
        await talk.start()
        await talk.say(3)
        await acknowledged(node)
        stopping = asyncio.create_task(talk.say(5))  # as it goes, something is on its way
        first.process.terminate()
        await asyncio.gather(stopping, first.process.wait())
        for _ in range(seconds):
            await talk.say(4)
            await asyncio.sleep(1.0)
        async with broker(folder, first.address):
            await talk.say(5)
            await talk.end()
            began_at = time.monotonic()
            await one.events_came(talk.made)
            remark = f"all there {time.monotonic() - began_at:.1f} s after it was back"
            tell(one.row(f"broker stopped {seconds} s and restarted", talk.made, remark))
            assert one.numbers(talk.conversation) == list(range(1, talk.made + 1))
            assert not one.gaps()


async def test_ten_thousand_events_wait_for_the_broker_and_come_in_order(folder, tell):
    async with broker(folder) as first, witness(first.address) as one, publisher(first.address, folder) as node:
        talk = Talk(node)
        await talk.start()
        await acknowledged(node)
        first.process.terminate()
        await first.process.wait()
        said_at = time.monotonic()
        while talk.made < 10_000:
            await talk.say(1)
        said_s = time.monotonic() - said_at
        async with broker(folder, first.address):
            began_at = time.monotonic()
            await one.events_came(talk.made, BACK_WITHIN_S)
            took_s = time.monotonic() - began_at
            remark = f"all there in {took_s:.1f} s; said in {said_s:.1f} s"
            tell(one.row("10,000 events while the broker is away", talk.made, remark))
            assert one.numbers(talk.conversation) == list(range(1, talk.made + 1))
            await talk.end()


async def test_what_a_farewell_without_a_broker_left_comes_first_with_the_next_start(folder, tell):
    async with broker(folder) as first, witness(first.address) as one:
        async with publisher(first.address, folder) as node:
            before = Talk(node)
            await before.start()
            await before.say(2)
            await acknowledged(node)
            first.process.terminate()
            await first.process.wait()
            await before.say(10)
            await before.end()
        async with broker(folder, first.address), publisher(first.address, folder) as node:
            after = Talk(node, SECOND)
            await after.start()
            await after.say(2)
            await after.end()
            made = before.made + after.made
            await one.events_came(made)
            tell(one.row("broker away when the node ends; next start", made))
    assert one.conversations() == [before.conversation, after.conversation]
    assert one.numbers(before.conversation) == list(range(1, before.made + 1))
    assert one.numbers(after.conversation) == list(range(1, after.made + 1))
    boots = [event["boot_id"] for event in one.events()]
    assert len(set(boots)) == 2
    assert boots == sorted(boots, key=boots.index)
