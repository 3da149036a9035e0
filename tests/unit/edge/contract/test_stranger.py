"""The subscriber that knows the document only: it is one, and it takes a conversation's turns as they come."""

import ast
from pathlib import Path

import pytest

from edge.wire.conversation import Lost
from edge.wire.conversation_mapping import ConversationMapping
from edge.wire.stamp import Stamp
from model.analysis import Status
from realtime.events import ConversationEnded, ConversationStarted, SpeakersMerged
from tests import stranger as stranger_file
from tests.conversation_events import CONVERSATION, heard, node_info, short_conversation, understood
from tests.fakes import ManualClock
from tests.stranger import Contract, Stranger

OURS = {"model", "realtime", "edge", "tests"}


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    whole = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parts = {node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in whole | parts}


@pytest.fixture(scope="module")
def contract():
    return Contract()


@pytest.fixture
def mapping():
    return ConversationMapping(node_info(), Stamp("desk"), ManualClock(101.0, stopped=True), partials=True)


@pytest.fixture
def stranger(contract):
    return Stranger(contract)


def tell(stranger, messages, *, times=1):
    for message in messages:
        if any(match.channel in Stranger.TOLD for match in stranger.contract.matches(message.topic)):
            for _ in range(times):
                stranger.hear(message.topic, message.payload)
    return stranger.conversations[CONVERSATION]


def test_it_imports_nothing_of_ours():
    names = imported(Path(stranger_file.__file__))
    assert not names & OURS
    assert {"yaml", "jsonschema", "aiomqtt"} < names


def test_it_subscribes_to_what_the_document_names(stranger):
    filters = dict(stranger.filters("home"))
    assert filters["undertone/v1/home/conv/+/transcript/final"] == 1
    assert filters["undertone/v1/home/conv/+/cause"] == 1


@pytest.mark.parametrize("times", [1, 2], ids=["once", "each message twice"])
def test_it_rebuilds_a_conversation(stranger, mapping, times):
    messages = [message for event in short_conversation() for message in mapping.messages(event)]
    conversation = tell(stranger, messages, times=times)
    first, second = conversation.utterances.values()
    assert (first.speaker, first.text, first.words) == ("ann", "i got the job", ["i", "got", "the", "job"])
    assert second.emotion["label"] == "joy"
    assert [link["cause"] for link in second.cause["links"]] == ["u1", "u2"]
    assert (conversation.missed, conversation.over) == (0, "end of source")


def test_the_last_word_counts(stranger, mapping):
    said = heard(0)
    events = [ConversationStarted(CONVERSATION, 0.0), said]
    events += [
        understood(said, label, (said,), revision, status)
        for revision, (label, status) in enumerate(
            [("anger", Status.PROVISIONAL), ("fear", Status.REVISED), ("joy", Status.FINAL)], start=1
        )
    ]
    conversation = tell(stranger, [message for event in events for message in mapping.messages(event)])
    (utterance,) = conversation.utterances.values()
    assert utterance.emotion["label"] == utterance.cause["label"] == "joy"


def test_it_notices_what_is_missing_and_what_is_announced(stranger, mapping):
    messages = [message for event in short_conversation()[:3] for message in mapping.messages(event)]
    messages = [message for message in messages if not message.topic.endswith("/emotion")]
    conversation = tell(stranger, [*messages, *mapping.messages_lost(CONVERSATION, 1, "the broker was away")])
    assert conversation.missed == 1
    assert [gap["messages"] for gap in conversation.gaps] == [Lost(messages=1).messages]


def test_it_learns_that_two_speakers_are_one(stranger, mapping):
    events = [ConversationStarted(CONVERSATION, 0.0), heard(0, speaker="s2"), SpeakersMerged(CONVERSATION, "s1", "s2")]
    events.append(ConversationEnded(CONVERSATION, 6.0, "over", 1, 0))
    conversation = tell(stranger, [message for event in events for message in mapping.messages(event)])
    assert conversation.merged == {"s2": "s1"}
