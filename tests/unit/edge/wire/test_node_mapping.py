import json

import pytest

from edge.wire.node_mapping import NodeMapping
from edge.wire.stamp import Stamp
from realtime.events import Health, PartHealth
from tests.conversation_events import node_info


@pytest.fixture
def node():
    return NodeMapping(node_info(), Stamp("desk", boot_id="boot-1"), 100, 1.0)


def status(message):
    assert message.topic == "undertone/v1/home/node/desk/status"
    assert message.retain
    return json.loads(message.payload)["status"]


def test_birth_will_and_farewell_share_a_retained_topic(node):
    assert status(node.birth()) == "online"
    assert status(node.will()) == "offline"
    assert status(node.farewell("ended on purpose")) == "stopped"


def test_a_stage_offline_degrades_the_node_until_it_is_back(node):
    health, degraded = node.health(PartHealth("microphone", Health.OFFLINE, "unplugged"))
    assert health.topic == "undertone/v1/home/node/desk/health/microphone"
    assert health.retain
    assert status(degraded) == "degraded"
    assert json.loads(degraded.payload)["reason"] == "microphone: unplugged"
    assert status(node.birth()) == "degraded"
    assert len(node.health(PartHealth("analyse", Health.LAGGING, "three waiting"))) == 1
    _, online = node.health(PartHealth("microphone", Health.ONLINE, ""))
    assert status(online) == "online"


def test_abilities_name_models_labels_and_schemas(node):
    payload = json.loads(node.abilities().payload)
    assert payload["models"]["analyse"] == {"name": "migat", "version": "1", "sha256": "0" * 64}
    assert payload["models"]["transcribe"]["name"] == "pocketsphinx"
    assert payload["languages"] == ["en"]
    assert "joy" in payload["labels"]
    assert "undertone.emotion/1" in payload["schemas"]
    assert payload["limits"]["payload_bytes"] == 8_000


def test_every_message_says_who_and_when(node):
    payload = json.loads(node.birth().payload)
    assert (payload["node"], payload["boot_id"]) == ("desk", "boot-1")
    assert payload["at"].endswith("Z")


def test_every_stage_is_told_of_from_the_beginning_and_again_only_when_it_changes():
    node = NodeMapping(node_info(stages={"microphone": True, "webcam": False}), Stamp("desk"), 100, 1.0)
    told = [json.loads(message.payload) for message in node.stages()]
    assert [(one["stage"], one["health"]) for one in told] == [("microphone", "online"), ("webcam", "disabled")]
    assert node.health(PartHealth("microphone", Health.ONLINE, "")) == ()
    node.health(PartHealth("microphone", Health.OFFLINE, "unplugged"))
    assert [json.loads(message.payload)["health"] for message in node.stages()] == ["offline", "disabled"]
