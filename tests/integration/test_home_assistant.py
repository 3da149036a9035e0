"""Home Assistant at real brokers: told when that is switched on, nothing when off, and unsaid when switched off."""

import asyncio

import aiomqtt
import pytest

from edge.publishers import mqtt
from realtime.events import ConversationStarted
from tests import mosquitto
from tests.conversation_events import CONVERSATION, node_info
from tests.home_assistant import HomeAssistant
from tests.running_broker import KINDS, Brokers

DEVICE = "homeassistant/device/undertone_home_desk/config"


@pytest.fixture(params=KINDS, ids=lambda kind: f"{kind[0]}-{kind[1]}")
def brokers(request, tmp_path):
    name, version = request.param
    if name == "mosquitto" and mosquitto.missing():
        pytest.skip(mosquitto.missing())
    return Brokers(name, version, tmp_path)


async def run(broker, **home_assistant):
    """Start a node that begins a conversation, and end it."""
    settings = mqtt.Settings(url=broker.url, protocol=broker.version, home_assistant=home_assistant)
    one = mqtt.create(settings, node_info())
    await one.open()
    await one.publish(ConversationStarted(CONVERSATION, 0.0))
    await one.close()


async def retained(broker, pattern="#"):
    """What a newcomer is given, by topic."""
    async with aiomqtt.Client("127.0.0.1", broker.address.port) as client:
        await client.subscribe(pattern)
        found = {}
        try:
            async with asyncio.timeout(0.3):
                async for message in client.messages:
                    found[message.topic.value] = message.payload
        except TimeoutError:
            return found


async def test_a_node_introduces_itself_when_that_is_switched_on_and_takes_it_back_when_off(brokers):
    async with brokers.running() as broker:
        await run(broker, enabled=True)
        given = await retained(broker)
        HomeAssistant(given[DEVICE])
        assert not HomeAssistant(given[DEVICE]).available
        await run(broker, enabled=True)
        assert (await retained(broker))[DEVICE] == given[DEVICE]
        await run(broker, enabled=False)
        assert DEVICE not in await retained(broker)


async def test_nothing_is_said_to_home_assistant_unless_that_is_switched_on(brokers):
    async with brokers.running() as broker, aiomqtt.Client("127.0.0.1", broker.address.port) as client:
        others = "homeassistant/device/other/config"
        await client.publish(others, b"theirs", qos=1, retain=True)
        await client.subscribe("#")
        await run(broker)
        await client.publish("end", b"", qos=1)
        topics = []
        async with asyncio.timeout(5):
            async for message in client.messages:
                topics.append(message.topic.value)
                if topics[-1] == "end":
                    break
        assert len(topics) > 3
        assert {topic for topic in topics if not topic.startswith("undertone/")} == {others, "end"}
        assert (await retained(broker))[others] == b"theirs"


async def test_home_assistant_may_look_elsewhere(brokers):
    async with brokers.running() as broker:
        await run(broker, enabled=True, prefix="home/assistant")
        assert list(await retained(broker, "home/#")) == ["home/assistant/device/undertone_home_desk/config"]
