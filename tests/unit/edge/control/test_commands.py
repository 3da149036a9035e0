"""Commands: checked, carried out once, answered; a bad one is answered, never fatal."""

import asyncio
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from edge.control.commands import Commands
from edge.control.muting import mute_command
from edge.wire.command import COMMANDS, Reply
from edge.wire.message import Message
from edge.wire.stamp import Stamp, utc_now
from edge.wire.topics import Topics
from realtime.mute import Mute
from tests.fakes import ManualClock

ASKED = {"client": "kiosk", "request_id": "r1"}
TOPIC = "undertone/v1/home/cmd/desk/mute"


class Node:
    """A node that can be silenced."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.mute = Mute(self.clock, lambda _: None, 0.0)
        verbs = {"mute": mute_command(self.mute)}
        self.commands = Commands(Topics("home", "desk"), Stamp("desk"), verbs, self.clock)

    def ask(self, payload: bytes, topic: str = TOPIC, *, retained: bool = False) -> Message | None:
        return asyncio.run(self.commands.handle(topic, payload, retained=retained))

    def answer(self, topic: str = TOPIC, **fields: object) -> Reply:
        message = self.ask(json.dumps(ASKED | fields).encode(), topic)
        assert message is not None
        assert (message.topic, message.qos, message.retain) == ("undertone/v1/home/reply/kiosk/r1", 1, False)
        return Reply.model_validate_json(message.payload)


@pytest.fixture
def node():
    return Node()


def test_it_is_carried_out_and_answered(node):
    reply = node.answer(muted=True, for_s=20, reason="a private word")
    assert (reply.ok, reply.code, reply.verb) == (True, "", "mute")
    assert "20 s" in reply.message
    assert node.mute.held
    assert node.answer(muted=False).message == "listening"
    assert not node.mute.held


def test_a_client_lets_go_only_for_itself(node):
    node.answer(muted=True)
    node.mute.hold("somebody else", "why", 60.0)
    assert "others" in node.answer(muted=False).message
    assert node.mute.held


@pytest.mark.parametrize(
    "fields, where",
    [
        ({}, "muted"),
        ({"muted": True, "for_s": -1}, "for_s"),
        ({"muted": True, "for_s": 1e9}, "for_s"),
        ({"muted": True, "colour": "red"}, "colour"),
        ({"muted": True, "reason": "x" * 300}, "reason"),
        ({"muted": True, "expires": "soon"}, "expires"),
        ({"muted": True, "for_s": float("nan")}, "for_s"),
        ({"muted": True, "for_s": float("inf")}, "for_s"),
        ({"muted": True, "for_s": 10**3000}, "for_s"),
        ({"muted": True, "reason": "\ud800"}, "reason"),
        ({"muted": True, "reason": ["deep", [["deeper"]]]}, "reason"),
        ({"muted": True, "line\nbreak\x1b": 1}, "line?break?"),
        ({"muted": True, "\ud800": 1}, "payload"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(node, fields, where):
    reply = node.answer(**fields)
    assert (reply.ok, reply.code) == (False, "invalid")
    assert reply.message.startswith(where)
    assert not node.mute.held


def test_what_comes_too_late_is_refused(node):
    reply = node.answer(muted=True, expires=(utc_now() - timedelta(seconds=1)).isoformat())
    assert reply.code == "expired"
    assert not node.mute.held
    assert node.answer(muted=True, expires=(utc_now() + timedelta(minutes=1)).isoformat()).ok


def test_an_unknown_command_is_answered_with_the_known_ones(node):
    reply = node.answer("undertone/v1/home/cmd/desk/explode", muted=True)
    assert (reply.code, reply.verb) == ("unknown", "explode")
    assert "mute" in reply.message


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"[" * 3000,
        b'{"client": "a"}',
        b'{"client": "a/b", "request_id": "r"}',
        b'{"client": "#", "request_id": "r", "muted": true}',
        b'{"client": 1, "request_id": 2, "muted": true}',
        b'{"client": "a", "request_id": "r", "muted": true, "reason": "' + b"x" * 5000 + b'"}',
        b'{"client": "a", "request_id": "r", "muted": false, "muted": true}',
        b'{"client": "a", "client": "b", "request_id": "r", "muted": true}',
        b'{"client": "a", "request_id": "r", "muted": true, "for_s": ' + b"9" * 4400 + b"}",
    ],
)
def test_who_does_not_say_who_asks_is_not_answered_and_not_obeyed(node, payload):
    assert node.ask(payload) is None
    assert not node.mute.held


def test_a_retained_command_is_not_carried_out_again_and_again(node):
    assert node.ask(json.dumps(ASKED | {"muted": True}).encode(), retained=True) is None
    assert not node.mute.held


def test_what_is_delivered_twice_is_carried_out_once_and_answered_the_same(node):
    asked = json.dumps(ASKED | {"muted": True, "for_s": 10}).encode()
    first = node.ask(asked)
    node.clock.advance(8.0)
    assert node.ask(asked) == first
    node.clock.advance(3.0)
    assert not node.mute.held  # the second one did not prolong it


def test_other_words_under_the_same_id_are_another_command(node):
    for muted in (True, False, True):
        node.answer(muted=muted)
        assert node.mute.held is muted


def test_an_answer_is_not_remembered_for_ever(node):
    asked = json.dumps(ASKED | {"muted": True}).encode()
    first = node.ask(asked)
    node.clock.advance(601.0)
    assert node.ask(asked) != first


def test_answers_are_remembered_within_bounds(node):
    for number in range(400):
        node.ask(json.dumps({"client": "kiosk", "request_id": f"r{number}", "muted": False}).encode())
    assert len(node.commands._answers) == 256


def test_for_whom_there_is_no_time_hears_so():
    message = Node().commands.busy(TOPIC, json.dumps(ASKED).encode())
    assert message is not None
    assert Reply.model_validate_json(message.payload).code == "busy"
    assert Node().commands.busy(TOPIC, b"nonsense") is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.dictionaries(
    st.sampled_from(sorted({name for model in COMMANDS.values() for name in model.model_fields}))
    | st.text(max_size=12),
    JSON,
    max_size=8,
)


@given(payload=st.binary(max_size=200), topic=st.text(max_size=60), retained=st.booleans())
def test_nothing_that_is_sent_is_fatal(payload, topic, retained):
    answer = Node().ask(payload, topic, retained=retained)
    assert answer is None or json.loads(answer.payload)["schema"] == "undertone.reply/1"


@given(fields=FIELDS, verb=st.sampled_from(sorted(COMMANDS)) | st.text(max_size=12))
def test_no_field_is_fatal(fields, verb):
    answer = Node().ask(json.dumps(fields | ASKED).encode(), f"undertone/v1/home/cmd/desk/{verb}")
    assert answer is not None
    reply = Reply.model_validate_json(answer.payload)
    assert reply.ok is (reply.code == "")
    assert len(answer.payload) < 8_000


@given(fields=FIELDS)
def test_every_command_is_read_or_refused(fields):
    for model in COMMANDS.values():
        try:
            command = model.model_validate(fields | ASKED)
        except ValidationError:
            continue
        assert command.client == "kiosk"
