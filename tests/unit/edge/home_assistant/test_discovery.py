"""The device that Home Assistant finds, and what it shows of the messages of conversations."""

import pytest

from edge.home_assistant.discovery import discovery
from edge.home_assistant.settings import HomeAssistantSettings
from edge.wire.conversation_mapping import ConversationMapping
from edge.wire.message import Message
from edge.wire.node_mapping import NodeMapping
from edge.wire.stamp import Stamp
from model.emotions import EKMAN_LABELS, IEMOCAP_LABELS
from realtime.activity import Speaking
from realtime.events import ConversationEnded, ConversationStarted, Health, PartHealth, PartialText
from tests.conversation_events import CONVERSATION, heard, node_info, understood
from tests.fakes import ManualClock
from tests.home_assistant import HomeAssistant

UNKNOWN = {
    "mood": "unknown",
    "valence": "unknown",
    "arousal": "unknown",
    "speaker": "unknown",
    "speaking": "unknown",
    "behind": "unknown",
}


class Node:
    """A node whose messages Home Assistant hears."""

    def __init__(self, screen: HomeAssistant, **info: object) -> None:
        self.info = node_info(**info)
        self.clock = ManualClock()
        stamp = Stamp(self.info.node)
        self.about = NodeMapping(self.info, stamp, 100, 1.0)
        self._conversations = ConversationMapping(self.info, stamp, self.clock, partials=True)
        self._screen = screen

    def tell(self, *events: object) -> None:
        for event in events:
            self.say(*self._conversations.messages(event))
            self.clock.advance(2.0)
            self.say(*self._conversations.states())

    def say(self, *messages: Message) -> None:
        for message in messages:
            self._screen.hear(message.topic, message.payload)


@pytest.fixture
def screen():
    return HomeAssistant(discovery(node_info(), "homeassistant").payload)


def speaks(channel, *, going=True):
    return Speaking(channel, going, 1.0, 1.0, -30.0, conversation=CONVERSATION)


def test_a_node_is_one_retained_device_of_bearable_size():
    message = discovery(node_info(site="a" * 36, node="b" * 36, version="0.1.0.dev1234"), "homeassistant")
    assert message.topic == f"homeassistant/device/undertone_{'a' * 36}_{'b' * 36}/config"
    assert (message.retain, message.qos) == (True, 1)
    assert len(message.payload) < 8_000
    HomeAssistant(message.payload)


def test_no_two_nodes_are_one_device():
    one, other = node_info(site="a-b", node="c"), node_info(site="a", node="b-c")
    assert discovery(one, "ha").topic != discovery(other, "ha").topic


@pytest.mark.parametrize("labels", [EKMAN_LABELS, IEMOCAP_LABELS])
def test_every_label_is_a_mood(labels):
    screen = HomeAssistant(discovery(node_info(labels=labels), "homeassistant").payload)
    assert screen.device["components"]["mood"]["options"] == list(labels)


def test_nothing_is_shown_before_anything_was_said(screen):
    assert not screen.available
    assert screen.states == UNKNOWN


def test_a_conversation_is_shown_while_it_lasts(screen):
    node = Node(screen)
    said, answer = heard(0, "we lost"), heard(1, "oh no", "bob", 1)
    node.tell(ConversationStarted(CONVERSATION, 0.0), speaks(0))
    assert screen.states == UNKNOWN | {"speaking": "on"}
    node.tell(speaks(0, going=False), said, understood(said, "sadness"))
    shown = screen.states
    assert (shown["mood"], shown["speaker"], shown["speaking"], shown["behind"]) == ("sadness", "ann", "off", "off")
    assert -1 < float(shown["valence"]) < 0
    node.tell(PartialText("s1", 1, 4.0, 5.0, "oh", CONVERSATION), answer, understood(answer, "surprise"))
    assert (screen.states["mood"], screen.states["speaker"]) == ("surprise", "bob")
    assert 0 < float(screen.states["arousal"]) < 1
    node.tell(ConversationEnded(CONVERSATION, 9.0, "silence", 2, 0))
    assert screen.states == UNKNOWN | {"speaking": "off", "behind": "off"}


def test_somebody_speaks_until_nobody_does(screen):
    node = Node(screen)
    node.tell(ConversationStarted(CONVERSATION, 0.0), speaks(0), speaks(1), speaks(0, going=False))
    assert screen.states["speaking"] == "on"
    node.tell(speaks(1, going=False))
    assert screen.states["speaking"] == "off"


def test_the_speaker_is_who_spoke_last_whoever_is_revised(screen):
    node = Node(screen)
    first, second = heard(0, speaker="zoe"), heard(1, speaker="ann", channel=1)
    node.tell(ConversationStarted(CONVERSATION, 0.0), first, second)
    node.tell(understood(first, "joy"), understood(second, "anger"), understood(first, "fear", revision=2))
    assert (screen.states["speaker"], screen.states["mood"]) == ("ann", "anger")


def test_other_nodes_of_the_site_are_not_shown(screen):
    node, other = Node(screen), Node(screen, node="kitchen")
    said = heard(0)
    node.tell(ConversationStarted(CONVERSATION, 0.0), speaks(0), said, understood(said, "joy"))
    shown = screen.states
    started = ConversationStarted(CONVERSATION, 0.0)
    other.tell(
        started, speaks(0, going=False), said, understood(said, "anger"), PartHealth("analyse", Health.LAGGING, "")
    )
    other.tell(ConversationEnded(CONVERSATION, 9.0, "silence", 1, 0))
    assert screen.states == shown


def test_a_label_without_a_place_on_the_plane_has_no_figures():
    labels = (*EKMAN_LABELS[:-1], "excitement")
    screen = HomeAssistant(discovery(node_info(labels=labels), "homeassistant").payload)
    node = Node(screen, labels=labels)
    said = heard(0)
    node.tell(ConversationStarted(CONVERSATION, 0.0), said, understood(said, "joy"))
    assert (screen.states["mood"], screen.states["valence"]) == ("joy", "unknown")


def test_late_results_are_a_problem(screen):
    node = Node(screen)
    said = heard(0)
    node.tell(ConversationStarted(CONVERSATION, 0.0), said, understood(said, "joy"))
    node.tell(PartHealth("analyse", Health.LAGGING, "3 wait"))
    assert screen.states["behind"] == "on"
    node.tell(PartHealth("analyse", Health.ONLINE, ""))
    assert screen.states["behind"] == "off"


def test_a_node_is_available_while_it_says_so(screen):
    node = Node(screen)
    node.say(node.about.birth())
    assert screen.available
    node.say(node.about.will())
    assert not screen.available
    node.say(*node.about.health(PartHealth("microphone", Health.OFFLINE, "unplugged")))
    assert screen.available
    node.say(node.about.farewell("ended on purpose"))
    assert not screen.available
    node.say(node.about.birth(), Message(node.info.topics.status, b"", retain=True))
    assert not screen.available


@pytest.mark.parametrize("payload", [b"", b"{}", b"[]", b"7", b'"on"', b'{"node": "desk"}', b"null"])
def test_what_is_none_of_our_payloads_changes_nothing(screen, payload):
    node = Node(screen)
    said = heard(0)
    node.tell(ConversationStarted(CONVERSATION, 0.0), said, understood(said, "joy"))
    shown = screen.states
    screen.hear(node.info.topics.conversation(CONVERSATION, "state"), payload)
    assert screen.states == shown


@pytest.mark.parametrize("prefix", ["", "ha/", "/ha", "ha//x", "ha/+", "#"])
def test_a_prefix_is_part_of_a_topic(prefix):
    with pytest.raises(ValueError, match="prefix"):
        HomeAssistantSettings(prefix=prefix)
