"""How alerts are published, and what is not published of who has opted out."""

import json
from dataclasses import replace

import pytest

from edge.alerts.reading import NamedCause
from edge.alerts.rule import MOST_EVIDENCE, AlertRule, Who
from edge.alerts.watch import AlertWatch
from edge.wire.alert_mapping import alert_payload
from edge.wire.conversation_mapping import ConversationMapping
from edge.wire.envelope import MAX_BYTES
from edge.wire.kept_course import read_course
from edge.wire.message import encode
from edge.wire.stamp import Stamp
from model.conversation import UNKNOWN_SPEAKER
from model.errors import SettingsError
from realtime.events import (
    ConversationEnded,
    ConversationStarted,
    Heard,
    Quiet,
    Speaker,
    SpeakerKind,
    SpeakersMerged,
)
from realtime.orders import Relabel
from realtime.recovery import ConversationResumed
from tests.conversation_events import CONVERSATION, heard, node_info, understood
from tests.fakes import ManualClock

JOY = AlertRule(name="delighted", emotions=("joy",), quiet_s=60.0)
START = ConversationStarted(CONVERSATION, 0.0)
END = ConversationEnded(CONVERSATION, 60.0, "end of source", 2, 0)


def mapping(*rules: AlertRule) -> ConversationMapping:
    clock = ManualClock(100.0, stopped=True)
    return ConversationMapping(node_info(), Stamp("desk"), clock, partials=True, alerts=rules or (JOY,))


def said(mapping, *events):
    """(subject, payload) of every event that these say; state and meta left out."""
    return [
        (message.topic.split(CONVERSATION + "/")[1], json.loads(message.payload))
        for event in events
        for message in mapping.messages(event)
        if not message.retain
    ]


def gap(index: int) -> Heard:
    """What somebody said who has opted out, as the stream hands it on."""
    nobody = Speaker(UNKNOWN_SPEAKER, SpeakerKind.UNKNOWN, 0.0)
    return replace(heard(index, "", UNKNOWN_SPEAKER), speaker=nobody, withheld=True)


def test_an_alert_comes_after_the_cause_that_completes_its_evidence():
    news, delight = heard(0, speaker="bob"), heard(1)
    messages = said(
        mapping(),
        *(START, news, understood(news, "neutral"), delight, understood(delight, "joy", (news, delight)), END),
    )
    subjects = [subject for subject, _ in messages]
    assert subjects[-6:] == ["transcript/final", "emotion", "cause", "alert", "alert", "lifecycle"]
    assert [payload["seq"] for _, payload in messages] == list(range(1, len(messages) + 1))
    raised, cleared = (payload for subject, payload in messages if subject == "alert")
    assert (raised["rule"], raised["state"], raised["speakers"], raised["labels"]) == (
        "delighted", "raised", ["ann"], ["joy"],
    )  # fmt: skip
    assert raised["evidence"] == [
        {"utterance": "u2", "label": "joy", "probability": 0.7, "status": "final", "causes": ["u1", "u2"]}
    ]
    assert (raised["probability"], raised["status"], raised["reason"]) == (0.7, "final", "joy in an utterance of ann")
    assert raised["media"] == {"start_s": 4.0, "end_s": 6.0}
    assert (cleared["state"], cleared["evidence"]) == ("cleared", raised["evidence"])
    assert cleared["reason"] == "the conversation ended"


def test_time_that_goes_on_in_silence_clears_an_alert():
    watched = mapping()
    said(watched, START, heard(0), understood(heard(0), "joy"))
    assert said(watched, Quiet(61.0)) == []
    [(subject, payload)] = said(watched, Quiet(62.0))
    assert (subject, payload["state"], payload["reason"]) == ("alert", "cleared", "it has not shown for 60 s")


def test_an_alert_is_about_its_speaker_so_that_it_can_be_forgotten():
    watched = mapping()
    said(watched, START, heard(0))
    [alert] = [m for m in watched.messages(understood(heard(0), "joy")) if m.topic.endswith("/alert")]
    assert (alert.conversation, alert.speaker, alert.qos, alert.retain) == (CONVERSATION, "ann", 1, False)


def test_who_is_called_otherwise_keeps_one_alert():
    watched = mapping()
    said(watched, START, heard(0), understood(heard(0), "joy"))
    assert [subject for subject, _ in said(watched, Relabel("ann", "Anna"))] == ["lifecycle", "alert", "alert"]
    [*_, (_, raised)] = said(watched, heard(1), understood(heard(1), "joy"))
    assert "rule" not in raised, "it is raised for Anna already"


def test_what_is_raised_survives_a_crash():
    before, after = mapping(), mapping()
    said(before, START, heard(0), understood(heard(0), "joy"))
    assert before.running is not None
    kept = read_course(before.running.kept().model_dump_json().encode())
    assert kept is not None
    after.take_up(CONVERSATION, kept)
    resumed = ConversationResumed(CONVERSATION, 4.0, 1.0, 1, (), b"")
    subjects = [subject for subject, _ in said(after, resumed, heard(1), understood(heard(1), "joy"))]
    assert "alert" not in subjects, "it is raised already"
    assert [subject for subject, _ in said(after, END)] == ["alert", "lifecycle"]


def test_a_rule_about_an_emotion_that_is_not_told_apart_is_refused():
    with pytest.raises(SettingsError, match="no emotion 'rage'"):
        mapping(AlertRule(name="furious", emotions=("rage",)))


def test_an_alert_fits_a_message_whatever_people_are_called():
    everybody = AlertWatch([AlertRule(name="d" * 36, emotions=("joy",), who=Who.EVERYBODY, count=MOST_EVIDENCE)])
    causes = tuple(NamedCause("u1000000", "", 0.5) for _ in range(40))
    for index in range(MOST_EVIDENCE):
        name = "\x01" * 63 + chr(65 + index)
        said_by = heard(1_000_000 + index, speaker=name)
        alerts = everybody.understood(understood(said_by, "joy"))
    [alert] = alerts
    alert = replace(alert, evidence=tuple(replace(reading, causes=causes) for reading in alert.evidence))
    fields = {**Stamp("desk" * 9).fields(), "conversation_id": CONVERSATION, "media": {"start_s": 0, "end_s": 1}}
    assert len(encode(alert_payload(fields | {"seq": 1}, alert))) < MAX_BYTES


def test_of_who_has_opted_out_it_is_only_counted_that_something_was_said():
    watched = mapping()
    secret, delight = gap(0), heard(1)
    messages = said(
        watched,
        *(START, secret, understood(secret, "joy"), delight, understood(delight, "joy", (secret, delight)), END),
    )
    assert not [payload for _, payload in messages if payload.get("utterance") == "u1"]
    [cause] = [payload for subject, payload in messages if subject == "cause"]
    assert [link["cause"] for link in cause["links"]] == ["u2"]
    assert cause["withheld"] == 1
    subject, ended = messages[-1]
    assert (subject, ended["utterances"], ended["withheld"]) == ("lifecycle", 1, 1)
    [raised, _] = [payload for subject, payload in messages if subject == "alert"]
    assert raised["evidence"][0]["causes"] == ["u2"]


def test_the_state_drops_whoever_turns_out_to_have_opted_out():
    watched = mapping()
    said(watched, START, heard(0, speaker="s1"), understood(heard(0, speaker="s1"), "joy"))
    messages = said(watched, SpeakersMerged(CONVERSATION, "Zoe", "s1", withheld=True))
    assert [(subject, payload["state"], payload["evidence"]) for subject, payload in messages] == [
        ("alert", "cleared", [])
    ]
    assert watched.running is not None
    assert watched.running.state.speakers == {}
