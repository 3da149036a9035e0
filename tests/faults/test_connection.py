"""A connection that breaks at the worst moment costs duplicates, and no event."""

import asyncio
import time

import pytest

from tests.faults.proxy import Cut, proxy
from tests.faults.talk import Talk, acknowledged, publisher
from tests.faults.witness import witness
from tests.mosquitto import running_mosquitto

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("protocol", [pytest.param("3.1.1", marks=pytest.mark.slow), "5"])
async def test_connections_cut_in_mid_message_lose_nothing(folder, tell, protocol):
    cuts = (
        Cut.IN_AN_EVENT,
        Cut.WHILE_IT_IS_MADE,
        Cut.BEFORE_AN_ACKNOWLEDGEMENT,
        Cut.IN_AN_ACKNOWLEDGEMENT,
        Cut.IN_AN_EVENT,
    )
    async with (
        running_mosquitto(folder) as broker,
        witness(broker.address, protocol=protocol) as one,
        proxy(broker.address, *cuts, after=7) as (way, address),
        publisher(address, folder, protocol=protocol) as node,
    ):
        talk = Talk(node)
        await talk.start()
        async with asyncio.timeout(60):
            while not way.spent:
                await talk.say(5)
                await asyncio.sleep(0.05)
        await talk.end()
        await one.events_came(talk.made)
        tell(one.row(f"connection cut in mid-message, MQTT {protocol}", talk.made, f"{len(way.cut)} cuts"))
        assert one.numbers(talk.conversation) == list(range(1, talk.made + 1))
        assert one.row("", talk.made).duplicates >= 2  # whenever an acknowledgement was lost
        assert not one.gaps()


async def test_a_network_that_falls_silent_loses_nothing(folder, tell):
    async with (
        running_mosquitto(folder) as broker,
        witness(broker.address) as one,
        proxy(broker.address, Cut.SILENCE) as (way, address),
        publisher(address, folder, keepalive_s=2) as node,
    ):
        talk = Talk(node)
        await talk.start()
        await talk.say(10)
        began_at = time.monotonic()
        await one.events_came(talk.made)
        remark = f"noticed and mended in {time.monotonic() - began_at:.1f} s"
        await talk.end()
        await one.events_came(talk.made)
        tell(one.row("network silent, nobody hangs up", talk.made, remark))
        assert way.spent
        assert one.numbers(talk.conversation) == list(range(1, talk.made + 1))


async def test_a_broker_that_refuses_for_its_quota_gets_everything_later(folder, tell):
    async with (
        running_mosquitto(folder) as broker,
        witness(broker.address, protocol="5") as one,
        proxy(broker.address) as (way, address),
        publisher(address, folder, protocol="5") as node,
    ):
        talk = Talk(node)
        await talk.start()
        await talk.say(2)
        await acknowledged(node)
        way.full = True
        await talk.say(8)
        async with asyncio.timeout(20):
            while way.refused < 3 * 8:  # noqa: ASYNC110 - the proxy counts, and that is all
                await asyncio.sleep(0.05)
        held = len(one.events())
        way.full = False
        await talk.end()
        await one.events_came(talk.made)
        tell(one.row("broker full: refuses for its quota", talk.made, f"{way.refused} refusals"))
        assert held == 1 + 3 * 2
        assert one.numbers(talk.conversation) == list(range(1, talk.made + 1))
