"""A conversation that a crash cut off goes on in messages: same ids, next number, nothing said twice."""

import json

import pytest

from edge.wire.conversation_mapping import ConversationMapping
from edge.wire.kept_course import KeptCourse, read_course
from edge.wire.stamp import Stamp
from realtime.events import ConversationEnded, ConversationStarted, Event
from realtime.recovery import ConversationResumed
from tests.conversation_events import CONVERSATION, heard, node_info, understood
from tests.fakes import ManualClock

BEFORE = (ConversationStarted(CONVERSATION, 0.0), heard(0), understood(heard(0), "joy"))
RESUMED = ConversationResumed(CONVERSATION, 40.0, 12.0, 1, (heard(0),), b"")


def mapping(boot_id: str) -> ConversationMapping:
    return ConversationMapping(
        node_info(), Stamp("desk", boot_id=boot_id), ManualClock(100.0, stopped=True), partials=False
    )


def said(by: ConversationMapping, *events: Event) -> list[tuple[str, dict]]:
    messages = [message for event in events for message in by.messages(event)]
    return [(message.topic.split("/", 5)[-1], json.loads(message.payload or b"{}")) for message in messages]


@pytest.fixture
def second() -> ConversationMapping:
    """What a second boot makes of what the first one kept."""
    first = mapping("first")
    said(first, *BEFORE)
    assert first.running is not None
    kept = read_course(first.running.kept().model_dump_json().encode())
    assert kept is not None
    after = mapping("second")
    after.take_up(CONVERSATION, kept)
    return after


def test_the_absence_is_announced_and_the_numbers_go_on(second):
    (gap_topic, gap), (meta_topic, meta), (state_topic, state) = said(second, RESUMED)
    assert (gap_topic, gap["event"], gap["seq"], gap["lost"]["audio_s"]) == ("lifecycle", "gap", 5, 12.0)
    assert gap["utterances"] == 1
    assert (meta_topic, state_topic) == ("meta", "state")
    assert state["speakers"]["ann"]["label"] == "joy"
    assert {message["boot_id"] for message in (gap, meta, state)} == {"second"}
    (_, transcript), *_ = said(second, heard(1))
    assert (transcript["utterance"], transcript["seq"]) == ("u2", 6)


def test_it_began_when_it_began(second):
    started = KeptCourse.model_validate_json(second._kept[CONVERSATION].model_dump_json()).started
    meta = dict(said(second, RESUMED))["meta"]
    assert meta["started"] == started.isoformat().replace("+00:00", "Z")


def test_of_one_that_cannot_go_on_only_the_end_is_said(second):
    over = ConversationResumed(CONVERSATION, 40.0, 0.0, 1, (), b"", over="the node had ended")
    messages = said(second, over, ConversationEnded(CONVERSATION, 40.0, "the node had ended", 1, 0))
    assert [topic for topic, _ in messages] == ["lifecycle", "state", "meta"]
    assert (messages[0][1]["event"], messages[0][1]["seq"]) == ("ended", 5)
    assert second.running is None


@pytest.mark.parametrize("saved", [b"", b"{}", b"\xff", b'{"seq": -1}'])
def test_what_is_no_course_is_none(saved):
    assert read_course(saved) is None
