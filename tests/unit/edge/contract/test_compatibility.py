"""Who lives by a released contract is not broken by today's; and what would break them is found."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from edge.contract.asyncapi import document
from tests.compatibility import breaks

RELEASED = sorted((Path(__file__).parents[4] / "docs" / "released").glob("asyncapi-*.yaml"))
TODAY = document()


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: path.stem)
def test_what_was_released_still_holds(path):
    released = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert breaks(released, TODAY) == [], "things may only be added within v1: give the payload a new version"


def test_something_was_released():
    assert RELEASED


Change = Callable[[dict[str, Any]], object]


def schema(name: str, *path: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def find(document: dict[str, Any]) -> dict[str, Any]:
        found = document["components"]["schemas"][name]
        for part in path:
            found = found[part]
        return found

    return find


def field(name: str, field_name: str, **changed: Any) -> Change:
    """A field with other keywords; None takes one away."""

    def change(document: dict[str, Any]) -> None:
        found = schema(name, "properties", field_name)(document)
        found.update(changed)
        for keyword in [keyword for keyword, value in changed.items() if value is None]:
            found.pop(keyword)

    return change


def gone(name: str, field_name: str) -> Change:
    def change(document: dict[str, Any]) -> None:
        found = schema(name)(document)
        del found["properties"][field_name]
        found["required"] = [one for one in found.get("required", ()) if one != field_name]

    return change


def added(name: str, *, required: bool) -> Change:
    def change(document: dict[str, Any]) -> None:
        found = schema(name)(document)
        found["properties"]["fresh"] = {"type": "string"}
        if required:
            found.setdefault("required", []).append("fresh")

    return change


def binding(operation: str, **changed: Any) -> Change:
    return lambda document: document["operations"][operation]["bindings"]["mqtt"].update(changed)


BREAKING = {
    "a field of a payload is gone": gone("Emotion", "affect"),
    "a field deep in a payload is gone": gone("Speaker", "kind"),
    "a field may be missing": lambda d: schema("Cause", "required")(d).remove("links"),
    "a number becomes a string": field("CauseLink", "lag_s", type="string"),
    "an integer becomes a number": field("CauseLink", "lag", type="number"),
    "a field may be null": field("Cause", "label", type=None, anyOf=[{"type": "string"}, {"type": "null"}]),
    "a list of other things": field("Alert", "labels", items={"type": "integer"}),
    "a list becomes an object": field("Cause", "links", type="object"),
    "a bound is lifted": field("EmotionEstimate", "confidence", maximum=100),
    "a bound is gone": field("Lifecycle", "reason", maxLength=None),
    "a text is longer": field("Lifecycle", "reason", maxLength=5_000),
    "an id is spelt otherwise": field("Emotion", "utterance", pattern=".*"),
    "a value of an enumeration is gone": lambda d: schema("Lifecycle", "properties", "event", "enum")(d).remove("gap"),
    "an enumeration is another": field("Emotion", "status", allOf=[{"type": "string", "enum": ["final"]}]),
    "any text becomes an enumeration": field("EmotionEstimate", "label", enum=["joy"]),
    "the version is another": field("Emotion", "schema", const="undertone.emotion/2"),
    "a map of other things": field("EmotionEstimate", "probabilities", additionalProperties={"type": "string"}),
    "a channel is gone": lambda d: d["channels"].pop("emotion"),
    "an operation is gone": lambda d: d["operations"].pop("sendEmotion"),
    "a topic is another": lambda d: d["channels"]["emotion"].update(address="undertone/v1/{site}/feeling"),
    "a word of a topic is spelt otherwise": lambda d: d["components"]["parameters"]["site"].update({"x-pattern": ".*"}),
    "it may be lost": binding("sendEmotion", qos=0),
    "it is retained": binding("sendEmotion", retain=True),
    "it is no longer cleared": lambda d: d["channels"]["meta"]["messages"].pop("cleared"),
    "it is no longer JSON": lambda d: d["components"]["messages"]["emotion"].update(contentType="application/cbor"),
    "a command needs more": added("MuteCommand", required=True),
    "a command needs what could be left away": lambda d: schema("MuteCommand", "required")(d).append("reason"),
    "a command takes less": field("MuteCommand", "for_s", maximum=60.0),
    "a command takes no such field": gone("MuteCommand", "for_s"),
    "a command takes no null": field("ForgetCommand", "speaker", anyOf=[{"type": "string"}]),
    "a command means something else": field("MuteCommand", "for_s", default=1.0),
    "a command is answered elsewhere": lambda d: d["operations"]["receiveMuteCommand"].pop("reply"),
    "an answer says less": gone("Reply", "message"),
}

HARMLESS = {
    "nothing": lambda d: None,
    "a payload says more": added("Emotion", required=True),
    "a payload says more deep within": added("Speaker", required=False),
    "a command can say more": added("MuteCommand", required=False),
    "a command takes more": field("MuteCommand", "for_s", maximum=None),
    "a command takes longer texts": field("MuteCommand", "reason", maxLength=1_000),
    "a command needs less": lambda d: schema("MuteCommand", "required")(d).remove("muted"),
    "an enumeration has a new value": lambda d: schema("Lifecycle", "properties", "event", "enum")(d).append("moved"),
    "another description": field("Emotion", "revision", description="Otherwise put."),
    "another channel": lambda d: d["channels"].update(new=deepcopy(d["channels"]["emotion"])),
}


def changed(change: Change) -> dict[str, Any]:
    tomorrow = deepcopy(TODAY)
    change(tomorrow)
    return tomorrow


@pytest.mark.parametrize("change", BREAKING.values(), ids=BREAKING.keys())
def test_what_breaks_others_is_found(change):
    assert breaks(TODAY, changed(change))


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS.keys())
def test_what_is_only_added_is_not(change):
    assert breaks(TODAY, changed(change)) == []
