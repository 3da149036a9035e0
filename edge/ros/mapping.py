"""Our messages as REP-155 has them: plain values that a bridge fills into ROS messages, without ROS and without us.

Topics: https://www.ros.org/reps/rep-0155.html, sections "Topics Structure" and "Voices". Messages: hri_msgs 2.0.0
(https://github.com/ros4hri/hri_msgs, branch humble-devel). This file needs nothing but Python 3.10 or newer: a bridge
may take it along.

Whom we hear is a *voice* of REP-155, an id that lasts for one conversation. We follow no face, so nothing stands under
`/humans/faces`; we know nobody for good, so nothing stands under `/humans/persons`. REP-155 has an `expression` for
faces only; ours has the same name and type under the voice. For causes it has nothing: they, and the whole of each
emotion, stand as JSON on topics of our own.
"""

import base64
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

EXPRESSIONS = {
    "neutral": "neutral",
    "anger": "angry",
    "disgust": "disgusted",
    "fear": "scared",
    "joy": "happy",
    "sadness": "sad",
    "surprise": "surprised",
    "happiness": "happy",
    "excitement": "excited",
    "frustration": "annoyed",
}
"""The constant of hri_msgs/Expression for each label."""

CONVERSATIONS_MAX = 16
"""Of so many conversations at once are voices known: one whose end nobody told does not stay for ever."""

TRACKED = "/humans/voices/tracked"
EMOTION = "/undertone/emotion"
CAUSE = "/undertone/cause"


@dataclass(frozen=True, slots=True)
class RosMessage:
    """What a bridge publishes.

    Attributes:
        topic: Where.
        type: Package and name, such as `hri_msgs/LiveSpeech`.
        fields: Values by field; a mapping stands for a message within the message.
        latched: Whether it is kept for those who subscribe later (`transient_local`).
    """

    topic: str
    type: str
    fields: Mapping[str, Any]
    latched: bool = False


@dataclass(frozen=True, slots=True)
class Voices:
    """The voices of the conversations that run: all that must be remembered from one message to the next.

    Attributes:
        of: By conversation, the ids of its voices in the order in which they were first heard.
        on: The id of the voice on a channel of a conversation, where a message told both.
    """

    of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    on: Mapping[tuple[str, int], str] = field(default_factory=dict)

    @property
    def ids(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(voice for voices in self.of.values() for voice in voices)

    def after(self, payload: Mapping[str, Any]) -> "Voices":
        """What is known once this payload was read."""
        conversation = payload.get("conversation_id")
        if conversation is None:
            return self
        match payload:
            case {"schema": "undertone.lifecycle/1", "event": "ended"}:
                of = {other: voices for other, voices in self.of.items() if other != conversation}
                return Voices(of, {key: voice for key, voice in self.on.items() if key[0] != conversation})
            case {"schema": "undertone.lifecycle/1", "speakers": {"gone": str(gone)}}:
                return self._without(conversation, voice_id(conversation, gone))
            case _:
                return self._heard(conversation, payload)

    def _without(self, conversation: str, gone: str) -> "Voices":
        """Two speakers turned out to be one, or somebody is called otherwise."""
        left = tuple(voice for voice in self.of.get(conversation, ()) if voice != gone)
        on = {key: voice for key, voice in self.on.items() if voice != gone}
        return Voices({**self.of, conversation: left}, on)

    def _heard(self, conversation: str, payload: Mapping[str, Any]) -> "Voices":
        on = self.on
        match payload:
            case {"channel": int(channel), "speaker": {"id": speaker, "kind": "channel"}}:
                on = {**on, (conversation, channel): voice_id(conversation, speaker)}
        voice = replace(self, on=on).speaking(payload)
        before = self.of.get(conversation, ())
        if voice is None or voice in before:
            return Voices(self.of, on)
        others = {other: voices for other, voices in self.of.items() if other != conversation}
        of = dict([*others.items(), (conversation, (*before, voice))][-CONVERSATIONS_MAX:])
        return Voices(of, {key: known for key, known in on.items() if key[0] in of})

    def speaking(self, payload: Mapping[str, Any]) -> str | None:
        """The id of the voice a payload is about; None where it is about none.

        Where only the channel is known, the voice is that of the channel: who is known by voice is known only later.
        """
        match payload:
            case {"conversation_id": conversation, "channel": int(channel)}:
                return self.on.get((conversation, channel)) or voice_id(conversation, channel)
            case {"conversation_id": conversation, "speaker": {"id": str(speaker)}}:
                return voice_id(conversation, speaker)
            case _:
                return None


def voice_id(conversation: str, speaker: str | int) -> str:
    """The id of a voice: a name that ROS allows, and no name of a person.

    Eighty bits of a hash: two of a million voices share one with a probability below one in 10^12.

    Args:
        conversation: Speakers' ids mean somebody within one conversation only.
        speaker: A speaker's id, or the number of a channel.
    """
    digest = hashlib.sha256(json.dumps([conversation, speaker]).encode()).digest()
    return "v" + base64.b32encode(digest[:10]).decode().lower()


def to_ros(payload: Mapping[str, Any], voices: Voices = Voices()) -> tuple[RosMessage, ...]:
    """What one of our messages becomes, in the order in which it must be said; nothing for most kinds.

    Args:
        payload: The JSON of a message; of kinds that this does not know, nothing becomes anything.
        voices: What the messages before it told; afterwards it is `voices.after(payload)`.

    Raises:
        KeyError: An emotion has a label for which hri_msgs/Expression has no constant.
    """
    after = voices.after(payload)
    tracked = () if after.ids == voices.ids else (_tracked(payload, after),)
    voice = after.speaking(payload)
    return (*tracked, *_said(payload, voice)) if voice else (*tracked, *_unvoiced(payload))


def _tracked(payload: Mapping[str, Any], voices: Voices) -> RosMessage:
    fields = {"header": _header(payload), "ids": list(voices.ids)}
    return RosMessage(TRACKED, "hri_msgs/IdsList", fields, latched=True)


def _said(payload: Mapping[str, Any], voice: str) -> tuple[RosMessage, ...]:
    namespace = f"/humans/voices/{voice}"
    match payload:
        case {"schema": "undertone.activity/1", "voice": does}:
            return (RosMessage(f"{namespace}/is_speaking", "std_msgs/Bool", {"data": does == "started"}),)
        case {"schema": "undertone.transcript-partial/1", "text": text}:
            return (_speech(payload, namespace, incremental=text),)
        case {"schema": "undertone.transcript-final/1", "text": text, "language": language}:
            confidence = payload["transcriber"]["confidence"]
            return (_speech(payload, namespace, final=text, confidence=confidence, language=language),)
        case {"schema": "undertone.emotion/1"}:
            return (_expression(payload, namespace), _json(EMOTION, {**payload, "voice": voice}))
        case _:
            return ()


def _unvoiced(payload: Mapping[str, Any]) -> tuple[RosMessage, ...]:
    return (_json(CAUSE, payload),) if payload.get("schema") == "undertone.cause/1" else ()


def _speech(
    payload: Mapping[str, Any],
    namespace: str,
    incremental: str = "",
    final: str = "",
    confidence: float = 0.0,
    language: str = "",
) -> RosMessage:
    fields = {
        "header": _header(payload),
        "incremental": incremental,
        "final": final,
        "confidence": confidence,
        "language": language,
    }
    return RosMessage(f"{namespace}/speech", "hri_msgs/LiveSpeech", fields)


def _expression(payload: Mapping[str, Any], namespace: str) -> RosMessage:
    estimate, affect = payload["emotion"], payload["affect"]
    fields = {
        "header": _header(payload),
        "expression": EXPRESSIONS[estimate["label"]],
        "valence": affect["valence"] if affect else math.nan,
        "arousal": affect["arousal"] if affect else math.nan,
        "confidence": estimate["confidence"],
    }
    return RosMessage(f"{namespace}/expression", "hri_msgs/Expression", fields)


def _json(topic: str, payload: Mapping[str, Any]) -> RosMessage:
    return RosMessage(topic, "std_msgs/String", {"data": json.dumps(payload, ensure_ascii=False)})


def _header(payload: Mapping[str, Any]) -> dict[str, Any]:
    """When it was said; in no frame, since where voices come from is not known."""
    at = datetime.fromisoformat(payload["at"].replace("Z", "+00:00"))  # noqa: FURB162 - Python 3.10
    return {"stamp": {"sec": int(at.timestamp()), "nanosec": at.microsecond * 1000}, "frame_id": ""}
