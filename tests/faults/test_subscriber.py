"""A subscriber that is slow, or for which the broker keeps too little, is nobody else's trouble."""

import asyncio
import json
import socket
import statistics
import time
from contextlib import contextmanager

import pytest
from paho.mqtt.client import CallbackAPIVersion, Client

from tests.faults.talk import Talk, acknowledged, publisher
from tests.faults.witness import witness
from tests.mosquitto import running_mosquitto

pytestmark = pytest.mark.faults

UTTERANCES = 300


class Sluggish:
    """A persistent QoS 1 subscriber that reads its socket when it is told to, and not before."""

    def __init__(self, broker, name):
        self.events = {}
        self._client = Client(CallbackAPIVersion.VERSION2, name, clean_session=False)
        self._client.on_socket_open = lambda client, userdata, sock: sock.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 15
        )
        self._client.on_connect = lambda client, *_: client.subscribe("undertone/v1/home/conv/#", qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.append(True)
        self._client.on_message = self._note
        self._subscribed = []
        self._client.connect(broker.address.host, broker.address.port, keepalive=600)
        while not self._subscribed:
            self._client.loop(0.05)

    def read(self, count):
        """Read until so many events came, or nothing did for a second."""
        quiet_since = time.monotonic()
        while len(self.events) < count and time.monotonic() - quiet_since < 1.0:
            before = len(self.events)
            self._client.loop(0.05)
            if len(self.events) > before:
                quiet_since = time.monotonic()

    def numbers(self):
        """The `seq` of every event, in the order in which they came first."""
        return [payload["seq"] for payload in self.events.values()]

    def _note(self, client, userdata, message):
        payload = json.loads(message.payload or b"{}")
        if "seq" in payload:
            self.events.setdefault(payload["event_id"], payload)

    def close(self):
        self._client.disconnect()
        self._client.loop(0.05)


@contextmanager
def sluggish(broker, name="sluggish"):
    one = Sluggish(broker, name)
    try:
        yield one
    finally:
        one.close()


async def test_a_slow_subscriber_slows_nobody_down_and_gets_everything(folder, tell):
    # Without bounds of its own, Mosquitto writes to the slow one until its socket takes no more, and queues the rest.
    more = ["max_queued_messages 0", "max_inflight_messages 0"]
    async with (
        running_mosquitto(folder, more=more) as broker,
        witness(broker.address) as one,
        publisher(broker.address, folder) as node,
    ):
        with sluggish(broker) as slow:
            talk = Talk(node)
            await talk.start()
            took_ms = []
            for _ in range(UTTERANCES):
                began_at = time.perf_counter()
                await talk.say(1)
                took_ms.append(1e3 * (time.perf_counter() - began_at))
            await talk.end()
            await one.events_came(talk.made)
            await acknowledged(node)
            assert not slow.events
            await asyncio.to_thread(slow.read, talk.made)
            remark = f"{statistics.median(took_ms):.1f} ms an utterance meanwhile; the slow one got {len(slow.events)}"
            tell(one.row("slow subscriber", talk.made, remark))
            assert slow.numbers() == list(range(1, talk.made + 1))
            assert one.numbers(talk.conversation) == list(range(1, talk.made + 1))


async def test_a_subscriber_for_which_the_broker_is_full_sees_that_something_is_missing(folder, tell):
    kept = 50
    async with (
        running_mosquitto(folder, more=[f"max_queued_messages {kept}", "max_inflight_messages 1"]) as broker,
        witness(broker.address) as one,
        publisher(broker.address, folder) as node,
    ):
        with sluggish(broker, "away"):
            pass
        talk = Talk(node)
        await talk.start()
        for _ in range(UTTERANCES // 10):
            await talk.say(1)
            await acknowledged(node)
        with sluggish(broker, "away") as late:
            await asyncio.to_thread(late.read, kept)
            await talk.end()
            await one.events_came(talk.made)
            await asyncio.to_thread(late.read, talk.made)
            numbers = late.numbers()
        tell(one.row("broker full: keeps no more for one who is away", talk.made, f"that one got {len(numbers)}"))
        assert one.numbers(talk.conversation) == list(range(1, talk.made + 1))
        assert numbers[-1] == talk.made > len(numbers)  # the hole shows as soon as something comes again
