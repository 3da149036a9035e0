import json

import jsonschema
import pytest

from edge.alerts.rule import AlertRule
from edge.monitoring.figures import Durations, Figures, OutboxFigures, StepFigures
from edge.wire.command import Reply
from edge.wire.conversation_mapping import ConversationMapping
from edge.wire.envelope import ConversationEnvelope, EventEnvelope
from edge.wire.message import Message, encode
from edge.wire.node_mapping import NodeMapping
from edge.wire.schemas import PAYLOADS, json_schemas, schema_id, schema_ids
from edge.wire.stamp import Stamp
from edge.wire.stats import stats_message
from realtime.activity import Speaking
from realtime.events import Failure, Health, PartHealth, PartialText
from tests.conversation_events import CONVERSATION, node_info, short_conversation
from tests.fakes import ManualClock

TOOK = Durations(0.1, 0.2, 5.0, 40)
FIGURES = Figures(
    uptime_s=12.0,
    utterances=3,
    failures=1,
    lag_s=0.02,
    heard_s=9.0,
    real_time_factor=0.3,
    memory_bytes=700_000_000,
    steps={"analyse": StepFigures(TOOK, failed=1, waiting=0, deepest=2, joined=0)},
    latency={"total": TOOK},
    dropped={"partials": 0},
    lost_sound_s=0.0,
    outbox=OutboxFigures(0, 0.0, 0),
)


@pytest.fixture(scope="module")
def payloads():
    """At least one payload of every schema, as it goes to the broker."""
    info, stamp = node_info(), Stamp("desk")
    node = NodeMapping(info, stamp, 100, 1.0)
    rule = AlertRule(name="delight", emotions=("joy",))
    conversations = ConversationMapping(info, stamp, ManualClock(101.0, stopped=True), partials=True, alerts=(rule,))
    messages = [node.birth(), node.will(), node.farewell("why"), node.abilities()]
    messages += node.health(PartHealth("microphone", Health.OFFLINE, "unplugged"))
    answer = Reply(
        **stamp.fields(), client="a", request_id="r", verb="sing", ok=False, code="unknown", message="no such command"
    )
    messages += [Message(info.topics.reply("a", "r"), encode(answer)), stats_message(FIGURES, info.topics, stamp)]
    started, *rest = short_conversation()
    partial = PartialText("s0", 0, 0.0, 1.0, "hello", CONVERSATION)
    speaking = Speaking(0, True, 0.0, 0.0, -20.0, conversation=CONVERSATION)
    for event in (started, speaking, partial, Failure("analyse", "SkippableError", "no features"), *rest):
        messages += conversations.messages(event)
    return [json.loads(message.payload) for message in messages if message.payload]


def test_every_payload_keeps_to_its_exported_schema(payloads):
    schemas = json_schemas()
    assert {payload["schema"] for payload in payloads} == set(schemas)
    for payload in payloads:
        validator = jsonschema.Draft202012Validator(
            schemas[payload["schema"]], format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
        )
        validator.validate(payload)


def test_schemas_are_schemas():
    for schema in json_schemas().values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_a_reader_of_today_accepts_a_field_of_tomorrow(payloads):
    schemas = json_schemas()
    for payload in payloads:
        jsonschema.validate({**payload, "added_later": 1}, schemas[payload["schema"]])


def test_a_payload_without_a_promised_field_is_refused(payloads):
    emotion = next(payload for payload in payloads if payload["schema"] == "undertone.emotion/1")
    for name in emotion:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(
                {key: value for key, value in emotion.items() if key != name}, json_schemas()["undertone.emotion/1"]
            )


def test_every_field_says_what_it_means():
    for name, schema in json_schemas().items():
        for definition in (schema, *schema.get("$defs", {}).values()):
            for field, content in definition.get("properties", {}).items():
                assert "description" in content or "$ref" in content or "const" in content, f"{name}: {field}"


def test_schema_ids_are_distinct_and_of_version_1():
    assert len(set(schema_ids())) == len(PAYLOADS)
    assert all(name.startswith("undertone.") and name.endswith("/1") for name in schema_ids())


def test_only_events_are_counted():
    uncounted = {
        schema_id(p) for p in PAYLOADS if issubclass(p, ConversationEnvelope) and not issubclass(p, EventEnvelope)
    }
    assert uncounted == {
        "undertone.meta/1",
        "undertone.state/1",
        "undertone.activity/1",
        "undertone.transcript-partial/1",
    }
