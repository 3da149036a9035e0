"""Whatever lies retained under our topics, or comes while we listen: nothing raises, nothing is taken for ours."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiomqtt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.control.muting import SpeakingTopic
from edge.mqtt.address import BrokerAddress
from edge.mqtt.client import MqttVersion
from edge.mqtt.leftovers import clear_leftovers
from edge.mqtt.name_guard import NameGuard, presence_in
from edge.mqtt.trust import Credentials
from edge.watch.conversation_view import ConversationView
from edge.watch.subscriber import Received, Subscription
from edge.watch.terminal import TerminalView
from edge.wire.node import Presence
from edge.wire.topics import Topics, place_of
from model.errors import NodeTakenError
from realtime.mute import Mute
from tests.fakes import ManualClock

TOPICS = Topics("home", "desk")
BOOT = "boot-1"
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.sampled_from(["online", "offline", "stopped", "desk", BOOT, "started", "final", "joy"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(["status", "boot_id", "node", "event", "utterance", "text", "links", "emotion", "media"])
OBJECTS = st.dictionaries(NAMES | st.text(max_size=8), VALUES, max_size=5)
PAYLOADS = st.one_of(
    st.binary(max_size=100),
    VALUES.map(lambda value: json.dumps(value).encode()),
    OBJECTS.map(lambda value: json.dumps(value).encode()),
    st.sampled_from([b"[" * 60_000, b'{"a":' * 10_000, b"\xff\xfe", b"{}" + b" " * 70_000, b"9" * 5_000]),
)
DEEP = b'{"status":' + b"[" * 30_000


class Retained:
    """A broker that has something retained on every topic, and where it shows what it was asked to clear."""

    def __init__(self, payload: bytes, *topics: str) -> None:
        self.cleared: list[str] = []
        self._waiting = [aiomqtt.Message(topic, payload, 1, True, 1, None) for topic in topics]

    @property
    def messages(self) -> "Retained":
        return self

    def __len__(self) -> int:
        return len(self._waiting)

    def __aiter__(self) -> AsyncIterator[aiomqtt.Message]:
        return self

    async def __anext__(self) -> aiomqtt.Message:
        if not self._waiting:
            await asyncio.Event().wait()
        return self._waiting.pop(0)

    async def subscribe(self, patterns: object) -> None:
        pass

    async def unsubscribe(self, patterns: object) -> None:
        pass

    async def publish(self, topic: str, payload: bytes, **how: object) -> None:
        self.cleared.append(topic)


@given(PAYLOADS)
@example(DEEP)
async def test_a_name_is_taken_by_a_live_status_and_by_nothing_else(payload):
    guard = NameGuard(TOPICS, BOOT, 0.0)
    try:
        await guard.enter(Retained(payload, TOPICS.status))
    except NodeTakenError:
        assert presence_in(payload) in {Presence.ONLINE, Presence.DEGRADED}
        assert json.loads(payload).get("boot_id") != BOOT


@given(PAYLOADS)
@example(DEEP)
async def test_only_what_an_earlier_boot_of_ours_left_is_cleared(payload):
    meta = TOPICS.conversation("c1", "meta")
    broker = Retained(payload, meta, "undertone/v1/home/conv/NO ID/meta", "undertone/v1/home/conv/c1", "x")
    await clear_leftovers(broker, TOPICS, BOOT)
    assert broker.cleared in ([], [meta])
    if broker.cleared:
        said = json.loads(payload)
        assert said["node"] == "desk"
        assert said["boot_id"] != BOOT


async def test_a_leftover_is_cleared():
    meta = TOPICS.conversation("c1", "meta")
    broker = Retained(b'{"node": "desk", "boot_id": "boot-0"}', meta)
    await clear_leftovers(broker, TOPICS, BOOT)
    assert broker.cleared == [meta]


@given(PAYLOADS)
@example(DEEP)
def test_a_topic_that_is_followed_may_say_anything(payload):
    SpeakingTopic(Mute(ManualClock(), lambda event: None, 0.0), "robot/speech", 10.0).hear(payload)


def test_of_a_flood_that_nobody_understands_one_line_is_logged(caplog):
    topic = SpeakingTopic(Mute(ManualClock(), lambda event: None, 0.0), "robot/speech", 10.0)
    for _ in range(1_000):
        topic.hear(b"maybe")
    assert len(caplog.records) == 1


@pytest.mark.parametrize("subject", ["emotion", "cause", "transcript/final", "transcript/partial", "lifecycle", "meta"])
@given(payload=OBJECTS)
def test_a_viewer_shows_any_object_or_ignores_it(subject, payload):
    topic = f"undertone/v1/home/conv/c1/{subject}"
    TerminalView().show(Received(topic, payload, place_of(topic)))


def test_a_viewer_remembers_no_more_channels_than_people_have():
    view = ConversationView()
    topic = "undertone/v1/home/conv/c1/transcript/partial"
    envelope = {
        "schema": "undertone.transcript-partial/1",
        "event_id": "01890000-0000-7000-8000-000000000000",
        "node": "desk",
        "boot_id": BOOT,
        "at": "2026-01-01T00:00:00Z",
        "conversation_id": "c1",
        "media": {"start_s": 0, "end_s": 1},
        "text": "hello",
    }
    for channel in range(1_000):
        view.receive(Received(topic, {**envelope, "channel": channel}, place_of(topic)))
    assert 0 < len(view.partials) <= 64


def test_of_a_flood_of_foreign_messages_a_few_are_noted():
    notes = []
    here = Subscription(BrokerAddress("localhost", 1), "#", Credentials(), MqttVersion.V5, None, notes.append)
    flood = aiomqtt.Message("undertone/v1/home/conv/c1/emotion", b"[", 0, False, 1, None)
    assert [here._sort(flood) for _ in range(100_000)] == [None] * 100_000
    assert 10 < len(notes) < 30
    assert "ignored 65536 messages" in notes[-1]


@given(st.lists(st.text(max_size=5), max_size=7), PAYLOADS)
def test_a_subscription_sorts_whatever_comes(levels, payload):
    here = Subscription(BrokerAddress("localhost", 1), "#", Credentials(), MqttVersion.V5, None, lambda note: None)
    topic = "/".join(["undertone", "v1", *levels]).replace("+", "").replace("#", "")
    received = here._sort(aiomqtt.Message(topic, payload, 0, False, 1, None))
    assert received is None or isinstance(received.payload, dict)
