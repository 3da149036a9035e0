"""The main job, from a recorded conversation to messages from the broker, held against the script and the promises."""

import json
import re
import sys
from collections import defaultdict

import pytest

from tests.recording import Checked, Recorded
from tests.stranger import Contract

CONVERSATION_EVENTS = ("lifecycle", "transcript/final", "emotion", "cause", "error")


def subject(message: dict) -> str:
    return message["topic"].split("/", 5)[5]


def test_the_demo_is_understood_better_than_its_baselines(demo, capsys):
    score = demo.summary["score"]
    with capsys.disabled():
        sys.stdout.write(f"\ndemo: {score}\n")
    links, alone = score["links"], score["self_links"]
    assert score["found_fraction"] >= 0.9
    assert score["speaker_accuracy"] == 1.0
    assert score["emotion_accuracy"] > score["majority_emotion_accuracy"]
    assert links["precision"] >= 0.5
    assert links["precision"] > alone["precision"]
    assert links["recall"] > alone["recall"]
    assert links["correct_elsewhere"] >= 3


def test_nothing_was_dropped_and_nothing_failed(demo):
    assert set(demo.summary["dropped"].values()) == {0}
    assert set(demo.summary["failed"].values()) == {0}
    assert demo.payloads("error") == []


def test_each_utterance_is_told_as_transcript_then_emotion_then_cause(demo):
    order = defaultdict(list)
    for message in demo.messages:
        if subject(message) in {"transcript/final", "emotion", "cause"}:
            order[message["payload"]["utterance"]].append(subject(message))
    assert len(order) == demo.summary["score"]["heard"]
    assert all(said == ["transcript/final", "emotion", "cause"] for said in order.values())


def test_where_nothing_looks_ahead_the_first_message_is_final(demo):
    for kind in ("emotion", "cause"):
        told = demo.payloads(kind)
        assert [(payload["revision"], payload["status"]) for payload in told] == [(1, "final")] * len(told)


def test_the_events_of_the_conversation_are_numbered_without_gaps(demo):
    numbers = [message["payload"]["seq"] for message in demo.messages if subject(message) in CONVERSATION_EVENTS]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_conversation_begins_and_ends_and_takes_its_retained_state_along(demo):
    assert [payload["event"] for payload in demo.payloads("lifecycle")] == ["started", "ended"]
    assert demo.payloads("meta")[0]["purpose"] == "personal"
    assert demo.payloads("meta")[0]["modalities"] == ["text"]
    assert demo.payloads("meta")[-1] == {}
    assert demo.payloads("state")[-1] == {}


def test_the_node_says_hello_what_it_can_do_and_goodbye(demo):
    statuses = [payload["status"] for payload in demo.payloads("status")]
    assert statuses[0] == "online"
    assert statuses[-1] == "stopped"
    info = demo.payloads("info")[0]
    assert info["languages"] == ["en"]
    assert re.fullmatch(r"[0-9a-f]{64}", info["models"]["analyse"]["sha256"])


def test_words_travel_on_the_transcript_topics_only(demo):
    words = {word for payload in demo.payloads("transcript/final") for word in payload["text"].split() if len(word) > 5}
    others = [message for message in demo.messages if not subject(message).startswith("transcript/")]
    told = " ".join(str(message["payload"]) for message in others)
    labels = {"surprise", "sadness", "disgust", "neutral"}
    assert not [word for word in words - labels if re.search(rf"\b{re.escape(word)}\b", told)]


def test_every_message_keeps_to_the_asyncapi_document(demo):
    """The document alone says what may come; `test_contract.py` holds that all of it does."""
    said = [(message["topic"], message["payload"]) for message in demo.messages]
    checked = Checked(
        Contract(), [Recorded(topic, json.dumps(payload).encode() if payload else b"") for topic, payload in said]
    )
    checked.check_order()
    assert checked.channels >= {"status", "info", "lifecycle", "meta", "state", "activity", "emotion", "cause"}


def test_links_point_to_utterances_that_were_told_before(demo):
    seen: set[str] = set()
    for message in demo.messages:
        payload = message["payload"]
        if subject(message) == "transcript/final":
            seen.add(payload["utterance"])
        if subject(message) == "cause":
            assert {link["cause"] for link in payload["links"]} <= seen
            assert all(link["self"] == (link["cause"] == payload["utterance"]) for link in payload["links"])
            assert payload["links"] == [] or payload["label"] != "neutral"


@pytest.mark.slow
def test_at_wall_clock_speed_the_same_is_heard(demo):
    import subprocess

    from tests.running_node import UNDERTONE

    done = subprocess.run([*UNDERTONE, "demo", "--json"], capture_output=True, text=True, timeout=300, check=True)
    slow = json.loads(done.stdout.splitlines()[-1])["summary"]
    assert slow["score"] == demo.summary["score"]
    assert slow["messages"]["emotion"] == demo.summary["messages"]["emotion"]
