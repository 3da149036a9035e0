"""A publisher that may wait loses nothing, however long its broker is away or however slow it is."""

import asyncio

from edge.publishers import mqtt
from realtime.events import ConversationStarted
from tests.conversation_events import CONVERSATION, heard, node_info
from tests.running_broker import running_broker


async def test_it_waits_for_a_broker_that_is_away_and_drops_nothing():
    async with running_broker() as broker:
        one = mqtt.create(mqtt.Settings(url=broker.url, buffer_messages=10), node_info(), patient=True)
        await one.open()
        await one.publish(ConversationStarted(CONVERSATION, 0.0))
        port = broker.address.port
    publishing = asyncio.create_task(_publish(one, 50))
    await asyncio.sleep(0.5)
    assert not publishing.done()
    async with running_broker(port):
        await asyncio.wait_for(publishing, 20.0)
        assert one.waiting <= 5
        assert not one._outbox.take_dropped()
        await one.close()
    assert one.waiting == 0


async def test_a_broker_that_is_there_is_not_waited_for():
    async with running_broker() as broker:
        one = mqtt.create(mqtt.Settings(url=broker.url), node_info(), patient=True)
        await one.open()
        await one.publish(ConversationStarted(CONVERSATION, 0.0))
        await asyncio.wait_for(_publish(one, 300), 20.0)
        assert one.waiting <= 100
        await one.close()


async def _publish(one, utterances):
    for index in range(utterances):
        await one.publish(heard(index))
