import json
from dataclasses import replace

import pytest

from edge.wire.conversation_mapping import ConversationMapping
from edge.wire.stamp import Stamp
from model.analysis import Status
from realtime.events import (
    AudioGap,
    ConversationEnded,
    ConversationStarted,
    Failure,
    Health,
    Latency,
    ListeningPaused,
    ListeningResumed,
    PartHealth,
    PartialText,
    Quiet,
    SpeakersMerged,
    Understood,
)
from tests.conversation_events import CONVERSATION, emotion, heard, node_info, short_conversation, understood
from tests.fakes import ManualClock

PREFIX = f"undertone/v1/home/conv/{CONVERSATION}/"


@pytest.fixture
def clock():
    return ManualClock(100.0, stopped=True)


@pytest.fixture
def mapping(clock):
    return ConversationMapping(node_info(), Stamp("desk"), clock, partials=True)


def said(mapping, *events):
    """(subject, payload) of everything these events say."""
    return [
        (message.topic.removeprefix(PREFIX), json.loads(message.payload) if message.payload else None)
        for event in events
        for message in mapping.messages(event)
    ]


def only(mapping, event, subject):
    return next(payload for topic, payload in said(mapping, event) if topic == subject)


START = ConversationStarted(CONVERSATION, 0.0)


def test_words_then_feeling_then_cause(mapping):
    subjects = [subject for subject, _ in said(mapping, *short_conversation())]
    assert subjects == [
        "lifecycle",
        "meta",
        "transcript/final",
        "emotion",
        "cause",
        "state",
        "transcript/final",
        "emotion",
        "cause",
        "lifecycle",
        "state",
        "meta",
    ]


def test_events_are_counted_without_gaps_and_retained_state_is_not(mapping):
    messages = said(mapping, *short_conversation())
    counted = [payload["seq"] for subject, payload in messages if subject not in {"meta", "state"}]
    assert counted == list(range(1, len(counted) + 1))
    assert all("seq" not in payload for subject, payload in messages if subject in {"meta", "state"} and payload)


def test_event_ids_grow_in_the_order_of_saying(mapping):
    ids = [payload["event_id"] for _, payload in said(mapping, *short_conversation()) if payload]
    assert ids == sorted(ids)


def test_only_state_is_retained_and_cleared_at_the_end(mapping):
    messages = [message for event in short_conversation() for message in mapping.messages(event)]
    retained = {}
    for message in messages:
        assert message.retain == message.topic.endswith(("/meta", "/state"))
        assert message.qos == 1
        if message.retain:
            retained[message.topic] = message.payload
    assert set(retained.values()) == {b""}


def test_what_for_and_how_people_were_told_stays_there_while_the_conversation_runs(mapping):
    [meta] = [message for message in mapping.messages(START) if message.topic.endswith("/meta")]
    told = json.loads(meta.payload)
    assert meta.retain
    assert (told["purpose"], told["notice"]) == ("personal", "Everybody at the table was told.")


def test_an_emotion_says_everything_about_itself(mapping, clock):
    said(mapping, START, heard(0))
    clock.advance(0.9)
    payload = only(mapping, understood(heard(0), "joy"), "emotion")
    assert payload["schema"] == "undertone.emotion/1"
    assert payload["conversation_id"] == CONVERSATION
    assert payload["media"] == {"start_s": 0.0, "end_s": 2.0}
    assert (payload["utterance"], payload["index"], payload["revision"], payload["status"]) == ("u1", 0, 1, "final")
    assert payload["emotion"]["label"] == "joy"
    assert payload["emotion"]["confidence"] == 0.7
    assert sum(payload["emotion"]["probabilities"].values()) == pytest.approx(1.0, abs=1e-3)
    assert payload["affect"]["derived"] is True
    assert payload["modalities"]["text"] == {"used": True, "quality": 0.9, "reason": ""}
    assert payload["modalities"]["video"]["used"] is False
    assert payload["speaker"] == {"id": "ann", "kind": "channel", "confidence": 1.0}
    assert payload["model"] == {"name": "migat", "version": "1", "sha256": "0" * 64}


def test_words_of_another_language_are_read_with_a_warning(mapping):
    english = heard(0)
    german = replace(english, transcript=replace(english.transcript, language="de"))
    said(mapping, START, german)
    payload = only(mapping, understood(german, "joy"), "emotion")
    reason = "spoken in de; the network reads en"
    assert payload["modalities"]["text"] == {"used": True, "quality": 0.9, "reason": reason}


def test_an_emotion_carries_no_words(mapping):
    said(mapping, START, heard(0, "a secret word"))
    for subject, payload in said(mapping, understood(heard(0, "a secret word"))):
        assert "secret" not in json.dumps(payload), subject


def test_latency_adds_up_to_the_time_since_the_last_sample(mapping, clock):
    said(mapping, START, heard(0))
    clock.advance(0.7)
    latency = only(mapping, understood(heard(0)), "emotion")["latency_ms"]
    assert latency == {
        "endpoint": 500.0, "transcribe": 40.0, "encode": 10.0, "analyse": 20.0, "queue": 130.0, "total": 700.0,
    }  # fmt: skip


def test_a_revision_of_an_earlier_utterance_has_no_latency(mapping):
    said(mapping, START, heard(0))
    payload = only(mapping, understood(heard(0), revision=2, status=Status.REVISED, spoken_at=None), "emotion")
    assert payload["latency_ms"] is None
    assert payload["status"] == "revised"


def test_links_name_the_utterances_that_caused(mapping):
    news, delight = heard(0), heard(1, speaker="bob")
    said(mapping, START, news, delight)
    payload = only(mapping, understood(delight, causes=(news, delight)), "cause")
    assert payload["links"] == [
        {"cause": "u1", "lag": 1, "lag_s": 4.0, "probability": 0.8, "self": False},
        {"cause": "u2", "lag": 0, "lag_s": 0.0, "probability": 0.8, "self": True},
    ]
    assert payload["window"] == {"first": "u1", "last": "u2"}
    assert payload["no_cause_probability"] == 0.1


def test_an_emotion_may_come_without_a_cause(mapping):
    said(mapping, START, heard(0))
    event = Understood(heard(0), emotion(0, "joy"), None, latency=Latency(100.0))
    assert [subject for subject, _ in said(mapping, event)] == ["emotion", "state"]


def test_state_comes_at_most_once_a_second_and_then_with_the_latest(mapping, clock):
    said(mapping, START)
    assert mapping.state_due_at() is None
    assert [subject for subject, _ in said(mapping, understood(heard(0), "joy"))][-1] == "state"
    assert "state" not in [subject for subject, _ in said(mapping, understood(heard(1), "anger"))]
    assert "state" not in [subject for subject, _ in said(mapping, understood(heard(2), "fear"))]
    assert mapping.state_due_at() == 101.0
    assert mapping.states() == ()
    clock.advance(1.0)
    (state,) = mapping.states()
    payload = json.loads(state.payload)
    assert payload["speakers"]["ann"]["label"] == "fear"
    assert payload["last_utterance"] == "u3"
    assert payload["keeping_up"] is True
    assert mapping.state_due_at() is None


def test_a_late_revision_does_not_turn_the_state_back(mapping, clock):
    said(mapping, START, understood(heard(0), "joy"), understood(heard(1), "anger"))
    said(mapping, understood(heard(0), "sadness", revision=2))
    clock.advance(1.0)
    assert json.loads(mapping.states()[0].payload)["speakers"]["ann"]["label"] == "anger"


def test_lagging_shows_in_the_state(mapping, clock):
    said(mapping, START)
    (lagging,) = said(mapping, PartHealth("analyse", Health.LAGGING, "three waiting"))
    assert lagging[1]["keeping_up"] is False
    clock.advance(1.0)
    (again,) = said(mapping, PartHealth("analyse", Health.ONLINE, ""))
    assert again[1]["keeping_up"] is True


def test_lost_sound_is_a_gap_with_its_place(mapping):
    said(mapping, START)
    ((subject, payload),) = said(mapping, AudioGap(16_000, 8_000, "the sound card overran"))
    assert subject == "lifecycle"
    assert payload["event"] == "gap"
    assert payload["media"] == {"start_s": 1.0, "end_s": 1.5}
    assert payload["lost"]["audio_s"] == 0.5


def test_a_conversation_is_told_that_nobody_listens_and_when_somebody_does_again(mapping):
    events = (ConversationStarted(CONVERSATION, 0.0), ListeningPaused("the robot speaks"), ListeningResumed("again"))
    turns = [payload for subject, payload in said(mapping, *events) if subject == "lifecycle"]
    assert [(turn["event"], turn["reason"]) for turn in turns[1:]] == [
        ("paused", "the robot speaks"),
        ("resumed", "again"),
    ]


def test_a_conversation_that_began_after_the_pause_is_not_resumed(mapping):
    before = said(mapping, ListeningPaused("why"), ConversationStarted(CONVERSATION, 0.0), ListeningResumed("again"))
    assert [payload["event"] for subject, payload in before if subject == "lifecycle"] == ["started"]


def test_dropped_messages_are_announced(mapping):
    said(mapping, START)
    (gap,) = mapping.messages_lost(CONVERSATION, 7, "the broker was away for too long")
    payload = json.loads(gap.payload)
    assert (payload["event"], payload["lost"]["messages"], payload["seq"]) == ("gap", 7, 2)
    assert mapping.messages_lost("unheard-of", 7, "why") == ()


def test_a_failure_is_said_in_the_conversation_it_hit(mapping):
    assert said(mapping, Failure("analyse", "SkippableError", "no features", "s0")) == []
    said(mapping, START)
    ((subject, payload),) = said(mapping, Failure("analyse", "SkippableError", "no features", "s0"))
    assert subject == "error"
    assert (payload["stage"], payload["code"], payload["utterance"]) == ("analyse", "SkippableError", "s0")
    assert payload["retryable"] is False


def test_partials_are_said_only_when_asked_for(mapping, clock):
    partial = PartialText("s0", 0, 0.0, 1.0, "hello", CONVERSATION)
    ((subject, payload),) = said(mapping, START, partial)[2:]
    assert (subject, payload["text"]) == ("transcript/partial", "hello")
    assert "seq" not in payload
    assert all(message.qos == 0 and not message.retain for message in mapping.messages(partial))
    silent = ConversationMapping(node_info(), Stamp("desk"), clock, partials=False)
    assert silent.messages(partial) == ()


def test_overlap_is_somebody_else_at_the_same_time(mapping):
    said(mapping, START)
    first = only(mapping, heard(0, channel=0), "transcript/final")
    at_once = only(mapping, heard(1, channel=1, start_s=1.0, end_s=3.0), "transcript/final")
    after = only(mapping, heard(2, channel=0), "transcript/final")
    assert [payload["overlap"] for payload in (first, at_once, after)] == [False, True, False]


def test_an_endless_text_still_fits_and_says_that_it_was_cut(mapping):
    said(mapping, START)
    long = heard(0, "wörter " * 600)
    (message,) = mapping.messages(long)
    payload = json.loads(message.payload)
    assert len(message.payload) < 8_000
    assert payload["truncated"] is True
    assert payload["text"].startswith("wörter wörter")
    (message,) = mapping.messages(heard(1, "ü" * 20_000))
    assert len(message.payload) < 8_000
    assert json.loads(message.payload)["text"].endswith("…")


def test_what_is_nobodys_business_outside_stays_inside(mapping):
    assert mapping.messages(Quiet(1.0)) == ()


def test_the_end_says_why_and_what_was_lost(mapping):
    said(mapping, START, heard(0))
    (subject, payload), *_ = said(mapping, ConversationEnded(CONVERSATION, 9.0, "silence for 60 s", 1, 2))
    assert subject == "lifecycle"
    assert (payload["event"], payload["reason"], payload["utterances"]) == ("ended", "silence for 60 s", 1)
    assert payload["lost"]["utterances"] == 2
    assert mapping.state_due_at() is None


def test_each_conversation_counts_for_itself(mapping):
    said(mapping, *short_conversation())
    (first, *_) = mapping.messages(ConversationStarted("another", 20.0))
    assert json.loads(first.payload)["seq"] == 1


def test_two_speakers_who_are_one_are_announced_and_the_state_has_the_one(mapping, clock):
    first, second = heard(0, speaker="s1"), heard(1, speaker="s2")
    said(mapping, START, first, understood(first, "joy"), second, understood(second, "anger"))
    ((subject, payload),) = said(mapping, SpeakersMerged(CONVERSATION, "s1", "s2"))
    assert subject == "lifecycle"
    assert (payload["event"], payload["speakers"]) == ("speakers_merged", {"kept": "s1", "gone": "s2"})
    clock.advance(5.0)
    (state,) = (json.loads(message.payload) for message in mapping.states())
    assert {name: entry["label"] for name, entry in state["speakers"].items()} == {"s1": "anger"}


def test_who_was_heard_beside_somebody_else_is_marked_at_once(mapping):
    said(mapping, START)
    assert only(mapping, replace(heard(0), overlap=True), "transcript/final")["overlap"]
    assert not only(mapping, heard(1), "transcript/final")["overlap"]
