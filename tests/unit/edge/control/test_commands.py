"""Commands: checked, carried out, answered; a bad one is answered, never fatal."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.control.commands import Commands
from edge.control.muting import mute_command
from edge.wire.command import Reply
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
        self.mute = Mute(ManualClock(), lambda _: None, 0.0)
        self._commands = Commands(Topics("home", "desk"), Stamp("desk"), {"mute": mute_command(self.mute)})

    def ask(self, payload: bytes, topic: str = TOPIC, *, retained: bool = False) -> Message | None:
        return self._commands.handle(topic, payload, retained=retained)

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
    ],
)
def test_who_does_not_say_who_asks_is_not_answered_and_not_obeyed(node, payload):
    assert node.ask(payload) is None
    assert not node.mute.held


def test_a_retained_command_is_not_carried_out_again_and_again(node):
    assert node.ask(json.dumps(ASKED | {"muted": True}).encode(), retained=True) is None
    assert not node.mute.held


@given(payload=st.binary(max_size=200), topic=st.text(max_size=60))
def test_nothing_that_is_sent_is_fatal(payload, topic):
    answer = Node().ask(payload, topic)
    assert answer is None or json.loads(answer.payload)["schema"] == "undertone.reply/1"


@given(fields=st.dictionaries(st.sampled_from(["muted", "for_s", "reason", "expires"]), st.integers() | st.text()))
def test_no_field_is_fatal(fields):
    reply = Node().answer(**fields)
    assert reply.ok is (reply.code == "")
