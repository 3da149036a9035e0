"""What an emotion message says of the video."""

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
from realtime.faces.sighting import Sighting, nothing_seen
from tests.conversation_events import CONVERSATION, heard, node_info, understood
from tests.fakes import ManualClock

GOOD = Sighting(10, 1.9, 0.951234, 120.04, 0.34567, 2, 1, "")


def emotion_with(sighting: Sighting | None, says: Evidence | None = None, **about: object) -> dict:
    mapping = ConversationMapping(node_info(**about), Stamp("desk"), ManualClock(100.0, stopped=True), partials=False)
    evidence = {} if says is None else {Modality.VIDEO: says}
    said = replace(heard(0), sighting=sighting, evidence=evidence)
    events = (ConversationStarted(CONVERSATION, 0.0), said, understood(said, "joy"))
    messages = [message for event in events for message in mapping.messages(event)]
    payload = next(json.loads(message.payload) for message in messages if message.topic.endswith("/emotion"))
    jsonschema.validate(payload, json_schemas()["undertone.emotion/1"])
    return payload["modalities"]


FACE = {
    "seen": True,
    "seen_s": 1.9,
    "seen_share": 0.9512,
    "width_px": 120.0,
    "sharpness": 0.3457,
    "faces": 2,
}


def test_a_face_that_was_seen_well_and_is_not_read():
    unread = {"video": "the network reads words only"}
    assert emotion_with(GOOD, unread=unread)["video"] == {
        "used": False,
        "quality": 0.9512,
        "reason": "the network reads words only",
        "face": FACE,
    }


def test_a_face_that_was_read():
    says = Evidence(np.zeros(7, np.float32), 0.951234, "")
    assert emotion_with(GOOD, says)["video"] == {"used": True, "quality": 0.9512, "reason": "", "face": FACE}


def test_a_face_that_says_nothing():
    says = Evidence(None, 0.2, "the face is turned away")
    video = emotion_with(GOOD, says)["video"]
    assert (video["used"], video["quality"], video["reason"]) == (False, 0.2, "the face is turned away")


def test_where_none_was_seen_the_reason_says_why():
    video = emotion_with(nothing_seen("nobody in view", 7))["video"]
    assert (video["used"], video["quality"], video["reason"]) == (False, 0.0, "nobody in view")
    assert video["face"] == {
        "seen": False,
        "seen_s": 0.0,
        "seen_share": 0.0,
        "width_px": None,
        "sharpness": None,
        "faces": 0,
    }


def test_without_a_camera_nothing_is_added():
    assert emotion_with(None)["video"] == {"used": False, "quality": None, "reason": "not read by this node"}


@pytest.mark.parametrize(
    "width_px, sharpness, share, quality",
    [
        (96.0, 0.1, 1.0, 1.0),
        (200.0, 0.4, 0.5, 0.5),
        (48.0, 0.1, 1.0, 0.5),
        (96.0, 0.05, 1.0, 0.5),
        (48.0, 0.05, 0.5, 0.125),
    ],
)
def test_quality_is_share_times_size_times_sharpness(width_px, sharpness, share, quality):
    assert Sighting(10, 1.0, share, width_px, sharpness, 1, 1, "").quality == pytest.approx(quality)
