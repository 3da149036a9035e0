"""The broker inside the process, as its clients see it."""

import asyncio
import socket
import time

import aiomqtt
import pytest
import websockets

from edge.brokers.embedded import EmbeddedBroker, Settings
from model.errors import BrokerError


@pytest.fixture
async def broker():
    broker = EmbeddedBroker(Settings(port=0, websocket_port=0))
    await broker.open()
    yield broker
    await broker.close()


async def test_port_0_picks_free_ports(broker):
    assert broker.address.port not in {0, broker.websocket_port}
    assert broker.url == f"mqtt://127.0.0.1:{broker.address.port}"


async def test_a_taken_port_is_one_line_and_nothing_is_left_behind(broker):
    before = asyncio.all_tasks()
    with pytest.raises(BrokerError, match=r"port \d+ on 127.0.0.1 cannot be used.*broker.port"):
        await EmbeddedBroker(Settings(port=broker.address.port, websocket_port=None)).open()
    with pytest.raises(BrokerError, match=r"broker\.websocket_port"):
        await EmbeddedBroker(Settings(port=0, websocket_port=broker.websocket_port)).open()
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() <= before


async def test_nobody_outside_this_machine_can_connect(broker):
    addresses = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in addresses - {"127.0.0.1"}:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(address, broker.address.port)


async def test_web_pages_of_this_machine_may_subscribe_and_foreign_ones_may_not(broker):
    url = f"ws://127.0.0.1:{broker.websocket_port}"
    async with aiomqtt.Client(
        "127.0.0.1",
        broker.websocket_port,
        transport="websockets",
        websocket_headers={"Origin": "http://localhost:8000"},
    ) as page:
        await page.subscribe("hello", qos=1)
        async with aiomqtt.Client("127.0.0.1", broker.address.port) as program:
            await program.publish("hello", "there", qos=1)
        async with asyncio.timeout(5):
            message = await anext(page.messages)
        assert message.payload == b"there"
    with pytest.raises(websockets.InvalidStatus, match="403"):
        await websockets.connect(url, subprotocols=[websockets.Subprotocol("mqtt")], origin="https://example.org")


async def test_it_ends_quickly_with_clients_connected_and_leaves_no_task():
    before = asyncio.all_tasks()
    broker = EmbeddedBroker(Settings(port=0, websocket_port=0))
    await broker.open()
    client = aiomqtt.Client("127.0.0.1", broker.address.port)
    await client.__aenter__()
    await client.subscribe("a/#", qos=1)
    silent = await asyncio.open_connection("127.0.0.1", broker.address.port)
    await asyncio.sleep(0.05)
    started = time.monotonic()
    await broker.close()
    await broker.close()
    assert time.monotonic() - started < 1.0
    with pytest.raises(aiomqtt.MqttError):
        async with asyncio.timeout(5):
            await anext(client.messages)
    silent[1].close()
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() <= before


async def test_a_port_is_free_again_after_the_end(broker):
    port = broker.address.port
    await broker.close()
    again = EmbeddedBroker(Settings(port=port, websocket_port=None))
    await again.open()
    await again.close()


async def test_a_newcomer_gets_the_retained_messages_of_what_it_asked_for_only(broker):
    port = broker.address.port
    async with (
        aiomqtt.Client("127.0.0.1", port) as everything,
        aiomqtt.Client("127.0.0.1", port) as newcomer,
    ):
        await everything.subscribe("#", qos=1)
        await everything.publish("asked", b"for", qos=1, retain=True)
        await everything.publish("unasked", b"for", qos=1, retain=True)
        await newcomer.subscribe("asked", qos=1)
        await everything.publish("asked", b"again", qos=1)
        async with asyncio.timeout(5):
            got = [(await anext(newcomer.messages)).topic.value for _ in range(2)]
        await asyncio.sleep(0.1)
        assert got == ["asked", "asked"]
        assert len(newcomer.messages) == 0
