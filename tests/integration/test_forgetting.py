"""What waits for a broker that is away is forgotten, and the hole that leaves is announced when it is back."""

import asyncio

from edge.mqtt.client import MqttVersion
from edge.mqtt.outbox import Outbox
from edge.publishers import mqtt
from edge.storage.store import Store
from edge.watch.subscriber import Received, subscribe
from edge.wire.message import Message
from realtime.events import ConversationStarted
from realtime.orders import Forget, Relabel
from tests.conversation_events import CONVERSATION, heard, node_info, understood
from tests.running_broker import running_broker

UTTERANCES = 4


async def said_while_away(publisher: mqtt.MqttPublisher) -> None:
    for index in range(UTTERANCES):
        spoken = heard(index, speaker=("s1", "ben")[index % 2])
        await publisher.publish(spoken, understood(spoken))


async def test_events_of_a_speaker_that_wait_are_forgotten_and_the_hole_is_told():
    async with running_broker() as broker:
        port = broker.address.port
        publisher = mqtt.create(mqtt.Settings(url=broker.url, protocol=MqttVersion.V3_1_1), node_info())
        await publisher.open()
        async with subscribe(broker.url) as messages, asyncio.timeout(10):
            await publisher.publish(ConversationStarted(CONVERSATION, 0.0))
            async for message in messages:
                if message.place.subject == "meta":
                    break
    await said_while_away(publisher)
    await publisher.publish(Relabel("s1", "Ann"))
    names = publisher.conversations.running.names.ids("Ann")
    order = Forget(None, names)
    await publisher.publish(order)
    other = Forget(CONVERSATION, frozenset({"nobody"}), met=False)
    await publisher.publish(other)
    assert (order.removed["messages"], order.removed["states"]) == (2 * 3, 1)
    assert not +other.removed

    async with running_broker(port), subscribe(broker.url) as messages:
        received: list[Received] = []
        async with asyncio.timeout(20):
            async for message in messages:
                received.append(message)
                if message.payload.get("event") == "gap":
                    break
        await publisher.close()
    events = [message.payload for message in received if "seq" in message.payload]
    assert {event["speaker"]["id"] for event in events if "utterance" in event and "speaker" in event} == {"ben"}
    assert (events[-1]["lost"]["messages"], events[-1]["reason"]) == (6, "forgotten on demand")
    numbers = [event["seq"] for event in events]
    assert numbers == sorted(numbers)
    assert len(set(range(2, numbers[-1] + 1)) - set(numbers)) == 6  # the first came before the broker went
    states = [message.payload for message in received if message.place.subject == "state"]
    assert all(set(state["speakers"]) == {"ben"} for state in states)


async def test_what_an_earlier_start_left_is_forgotten_under_names_that_mean_the_same_person_there(tmp_path):
    store = Store(tmp_path / "node.db")
    await store.open()
    outbox = Outbox(store)
    await outbox.open()
    await outbox.put(Message("undertone/v1/home/conv/earlier/emotion", b"{}", conversation="earlier", speaker="ben"))
    publisher = mqtt.create(mqtt.Settings(), node_info(), outbox=outbox)
    assert await publisher._waiting_about(Forget(None, frozenset({"ben", "s1"}))) == {"earlier": {"ben"}}
    assert await publisher._waiting_about(Forget(None, None)) == {"earlier": None}
    assert await publisher._waiting_about(Forget("other", None)) == {"other": None}
    assert await outbox.forget("earlier", "ben") == {"messages": 1, "notes": 0}
    assert await outbox.conversations() == []
    await outbox.close()
    await store.close()
