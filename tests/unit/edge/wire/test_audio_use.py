"""What an emotion message says of the voice."""

import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest

from edge.wire.conversation_mapping import ConversationMapping
from edge.wire.schemas import json_schemas
from edge.wire.stamp import Stamp
from model.evidence import Evidence
from model.modality import Modality
from realtime.events import ConversationStarted
from tests.conversation_events import CONVERSATION, heard, node_info, understood
from tests.fakes import ManualClock

USED = np.zeros(7, np.float32)


def audio_of(says: Evidence | None, **about: object) -> dict:
    mapping = ConversationMapping(node_info(**about), Stamp("desk"), ManualClock(100.0, stopped=True), partials=False)
    said = replace(heard(0), evidence={} if says is None else {Modality.AUDIO: says})
    events = (ConversationStarted(CONVERSATION, 0.0), said, understood(said, "joy"))
    messages = [message for event in events for message in mapping.messages(event)]
    payload = next(json.loads(message.payload) for message in messages if message.topic.endswith("/emotion"))
    jsonschema.validate(payload, json_schemas()["undertone.emotion/1"])
    assert set(payload["modalities"]) == {"text", "audio", "video"}
    return payload["modalities"]["audio"]


@pytest.mark.parametrize(
    "says, used, quality, reason",
    [
        (Evidence(USED, 0.87654321, ""), True, 0.8765, ""),
        (
            Evidence(None, 0.25, "a whisper: hardly any of it is voiced"),
            False,
            0.25,
            "a whisper: hardly any of it is voiced",
        ),
        (
            Evidence(None, None, "no sound of this utterance was heard"),
            False,
            None,
            "no sound of this utterance was heard",
        ),
    ],
)
def test_a_voice_is_used_or_the_reason_says_why_not(says, used, quality, reason):
    assert audio_of(says) == {"used": used, "quality": quality, "reason": reason}


@pytest.mark.parametrize("why", ["not asked for", "the network reads words only", "captions have no sound"])
def test_a_voice_that_this_node_does_not_read(why):
    assert audio_of(None, unread={"audio": why}) == {"used": False, "quality": None, "reason": why}


def test_a_reason_never_makes_a_message_too_long():
    reason = audio_of(Evidence(None, None, "x" * 10_000))["reason"]
    assert len(reason) < 1_000
    assert reason.endswith("…")
