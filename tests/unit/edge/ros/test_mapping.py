"""Our messages as REP-155 has them."""

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.ros import mapping
from edge.ros.mapping import CONVERSATIONS_MAX, EXPRESSIONS, Voices, to_ros, voice_id
from edge.wire.conversation_mapping import ConversationMapping
from edge.wire.stamp import Stamp
from model.emotions import EKMAN_LABELS, IEMOCAP_LABELS
from realtime.activity import Speaking
from realtime.events import (
    ConversationEnded,
    ConversationStarted,
    PartialText,
    Speaker,
    SpeakerKind,
    SpeakersMerged,
)
from tests.conversation_events import CONVERSATION, heard, node_info, understood
from tests.fakes import ManualClock

# Written down from hri_msgs 2.0.0.
HRI = {
    "neutral", "angry", "sad", "happy", "surprised", "disgusted", "scared", "pleading", "vulnerable", "despaired",
    "guilty", "disappointed", "embarrassed", "horrified", "skeptical", "annoyed", "furious", "suspicious", "rejected",
    "bored", "tired", "asleep", "confused", "amazed", "excited",
}  # fmt: skip
FIELDS = {
    "hri_msgs/Expression": {"header", "expression", "valence", "arousal", "confidence"},
    "hri_msgs/IdsList": {"header", "ids"},
    "hri_msgs/LiveSpeech": {"header", "incremental", "final", "confidence", "language"},
    "std_msgs/Bool": {"data"},
    "std_msgs/String": {"data"},
}
ANN, BOB = voice_id(CONVERSATION, "ann"), voice_id(CONVERSATION, "bob")
START = ConversationStarted(CONVERSATION, 0.0)


def payloads(*events, **info):
    """What a node says of the events."""
    clock = ManualClock()
    conversations = ConversationMapping(node_info(**info), Stamp("desk"), clock, partials=True)
    said = []
    for event in events:
        said += conversations.messages(event)
        clock.advance(2.0)
        said += conversations.states()
    return [json.loads(message.payload) for message in said if message.payload]


def told(*events, **info):
    """(topic, fields) of all that a bridge publishes."""
    voices, said = Voices(), []
    for payload in payloads(*events, **info):
        said += to_ros(payload, voices)
        voices = voices.after(payload)
    for message in said:
        assert message.fields.keys() == FIELDS[message.type]
        assert re.fullmatch(r"(/[a-z][a-z0-9]*(_[a-z0-9]+)*)+", message.topic)
    return [(message.topic, message.fields) for message in said]


def speaks(channel, speaker=None, *, going=True):
    who = Speaker(speaker, SpeakerKind.CHANNEL, 1.0) if speaker else Speaker("unknown", SpeakerKind.UNKNOWN, 0.0)
    return Speaking(channel, going, 1.0, 1.0, -30.0, who, CONVERSATION)


@pytest.mark.parametrize("labels", [EKMAN_LABELS, IEMOCAP_LABELS])
def test_labels_map_one_to_one(labels):
    expressions = [EXPRESSIONS[label] for label in labels]
    assert len(set(expressions)) == len(labels)
    assert set(expressions) <= HRI


@pytest.mark.parametrize("label", EKMAN_LABELS)
def test_an_emotion_is_the_expression_of_a_voice(label):
    said = heard(0)
    topics = told(START, said, understood(said, label))
    (expression,) = [fields for topic, fields in topics if topic == f"/humans/voices/{ANN}/expression"]
    assert expression["expression"] == EXPRESSIONS[label]
    assert expression["confidence"] == pytest.approx(0.7)
    assert -1 <= expression["valence"] <= 1
    assert -1 <= expression["arousal"] <= 1


def test_what_has_no_place_on_the_plane_has_no_valence():
    labels = (*EKMAN_LABELS[:-1], "excitement")
    said = heard(0)
    topics = dict(told(START, said, understood(said, "joy"), labels=labels))
    assert math.isnan(topics[f"/humans/voices/{ANN}/expression"]["valence"])


def test_words_are_live_speech():
    speech = dict(told(START, heard(0, "i got the job")))[f"/humans/voices/{ANN}/speech"]
    assert (speech["final"], speech["incremental"]) == ("i got the job", "")
    assert (speech["confidence"], speech["language"]) == (0.9, "en")


def test_the_stamp_is_when_it_was_said():
    (payload,) = payloads(START, heard(0))[-1:]
    payload["at"] = "2026-11-21T11:13:44.577000Z"
    speech = to_ros(payload)[-1]
    assert speech.fields["header"] == {"stamp": {"sec": 1795259624, "nanosec": 577_000_000}, "frame_id": ""}


def test_a_voice_is_tracked_before_anything_is_said_of_it_until_the_end():
    said, answer = heard(0), heard(1, speaker="bob", channel=1)
    topics = told(START, said, understood(said, "joy"), answer, ConversationEnded(CONVERSATION, 9.0, "silence", 2, 0))
    seen = [fields["ids"] if topic == mapping.TRACKED else topic for topic, fields in topics]
    assert seen[:2] == [[ANN], f"/humans/voices/{ANN}/speech"]
    assert seen[-3:] == [[ANN, BOB], f"/humans/voices/{BOB}/speech", []]


def test_two_voices_that_are_one_person_become_one():
    said, answer = heard(0), heard(1, speaker="bob", channel=1)
    topics = told(START, said, answer, SpeakersMerged(CONVERSATION, kept="ann", gone="bob"))
    assert topics[-1][1]["ids"] == [ANN]


def test_whoever_is_called_otherwise_is_another_voice():
    voices = Voices()
    for payload in payloads(START, speaks(0, "ann"), heard(0), speaks(0, "bob")):
        if payload["schema"] == "undertone.activity/1" and payload["speaker"]["id"] == "bob":
            renamed = {"schema": "undertone.lifecycle/1", "conversation_id": CONVERSATION, "event": "relabelled"}
            voices = voices.after({**renamed, "speakers": {"kept": "bob", "gone": "ann"}})
            assert voices == Voices({CONVERSATION: ()}, {})
        voices = voices.after(payload)
    assert voices == Voices({CONVERSATION: (BOB,)}, {(CONVERSATION, 0): BOB})


def test_a_channel_with_a_name_is_one_voice_from_the_first_sound_on():
    topics = told(START, speaks(0, "ann"), PartialText("s1", 0, 0.0, 1.0, "i got", CONVERSATION), heard(0))
    voices = f"/humans/voices/{ANN}"
    assert [topic for topic, _ in topics] == [
        mapping.TRACKED,
        f"{voices}/is_speaking",
        f"{voices}/speech",
        f"{voices}/speech",
    ]
    assert topics[1][1] == {"data": True}
    assert (topics[2][1]["incremental"], topics[2][1]["final"]) == ("i got", "")


def test_where_only_the_channel_is_known_it_is_a_voice_of_its_own():
    topics = dict(told(START, speaks(3), speaks(3, going=False), heard(0)))
    assert topics[f"/humans/voices/{voice_id(CONVERSATION, 3)}/is_speaking"] == {"data": False}
    assert topics[mapping.TRACKED]["ids"] == [voice_id(CONVERSATION, 3), ANN]


def test_causes_and_whole_emotions_are_json_that_can_be_joined():
    said, answer = heard(0), heard(1, speaker="bob", channel=1)
    topics = dict(told(START, said, answer, understood(answer, "joy", (said,))))
    emotion, cause = json.loads(topics[mapping.EMOTION]["data"]), json.loads(topics[mapping.CAUSE]["data"])
    assert (emotion["utterance"], emotion["voice"]) == ("u2", BOB)
    assert (cause["utterance"], cause["links"][0]["cause"]) == ("u2", "u1")


@pytest.mark.parametrize(
    "payload", [{}, {"schema": "undertone.later/9", "conversation_id": "c", "speaker": "ann"}, {"speaker": None}]
)
def test_what_is_not_known_becomes_nothing(payload):
    assert to_ros(payload) == ()


def test_conversations_whose_end_nobody_told_do_not_stay():
    voices = Voices()
    for number in range(100):
        conversation = {"conversation_id": f"c{number}", "channel": 0}
        voices = voices.after({**conversation, "speaker": {"id": "ann", "kind": "channel"}})
    assert len(voices.ids) == len(voices.on) == CONVERSATIONS_MAX
    assert voices.ids[-1] == voice_id("c99", "ann")


names = st.one_of(st.text(max_size=64), st.integers(0, 8))


@given(st.tuples(st.text(max_size=36), names), st.tuples(st.text(max_size=36), names))
def test_a_voice_has_a_name_of_its_own_that_ros_allows(one, other):
    assert re.fullmatch("v[a-z2-7]{16}", voice_id(*one))
    assert (voice_id(*one) == voice_id(*other)) == (one == other)


def test_a_bridge_needs_nothing_of_ours():
    """The file runs alone, without what is installed beside Python."""
    code = f"import sys; sys.path.insert(0, {str(Path(mapping.__file__).parent)!r}); import mapping; mapping.Voices()"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True, cwd="/")
